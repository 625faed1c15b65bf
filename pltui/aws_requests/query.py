"""Parameters of EC2's query protocol: unknown names and malformed numbers, which a parser drops."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from botocore.model import OperationModel, Shape

from pltui.aws_requests.answers import wire_name

COMMON = re.compile(r"Action|Version|AWSAccessKeyId|Timestamp|Expires|SecurityToken|Signature.*|(?i:x-amz-.*)")
"""Parameters of every action (EC2 API reference, common query parameters)."""

_NUMBER = re.compile(r"-?[0-9]+")


def first_unknown(operation: OperationModel, names: Iterable[str]) -> str | None:
    """The first part of a name that the operation does not accept, such as `Item` of `Item.1.Key`."""
    return next((part for name in names if (part := _resolve_shape(operation, name)[1])), None)


def first_malformed(operation: OperationModel, query: Mapping[str, list[str]]) -> tuple[str, str] | None:
    """The (name, value) of the first parameter that should be a number and is not."""
    for name, values in query.items():
        shape, _ = _resolve_shape(operation, name)
        if shape and shape.type_name in ("integer", "long") and not _NUMBER.fullmatch(values[0]):
            return name, values[0]
    return None


@lru_cache(maxsize=4096)  # the same few names occur in every call
def _resolve_shape(operation: OperationModel, name: str) -> tuple[Shape | None, str | None]:
    """(the shape of the value, None), or (None, the part of the name that is unknown)."""
    if COMMON.fullmatch(name):
        return None, None
    shape: Shape | None = operation.input_shape
    for part in name.split("."):
        members = _wire_members(shape) if shape else {}
        found = shape.member if shape and shape.type_name == "list" and part.isdecimal() else members.get(part)
        if found is None:
            return None, part
        shape = found
    return shape, None


def _wire_members(shape: Shape) -> dict[str, Shape]:
    if shape.type_name != "structure":
        return {}
    return {wire_name(name, member.serialization): member for name, member in shape.members.items()}
