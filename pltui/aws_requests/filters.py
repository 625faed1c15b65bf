"""Filter names, which the EC2 API reference lists for each operation (botocore's model carries its text)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel

from pltui.aws_requests.violation import Constraint, Violation, ViolationKind

MEMBERS = ("Filters", "Filter")
UNDOCUMENTED = frozenset({"domain", "cidr-block", "tag-value", "instance.group-id", "is-default"})
"""Filters that EC2 accepts though its API reference no longer lists them."""

_ITEM = re.compile(r"<li>\s*<p>\s*<code>([^<]+)</code>\s*[-–:(]")  # a name and what it selects
_CODE = re.compile(r"<code>([^<]+)</code>")
_ALSO = re.compile(r"[Yy]ou can also use ((?:<code>[^<]+</code>(?: or )?)+)")  # other names of a filter
_NO_FILTER = Constraint(kind=ViolationKind.FILTER)


def documented_filters(operation: OperationModel) -> frozenset[str]:
    """The filters that an operation accepts; empty if its text lists none, and then any filter is accepted."""
    members = operation.input_shape.members if operation.input_shape else {}
    text = "".join(members[name].documentation for name in MEMBERS if name in members)
    names = _ITEM.findall(text) or _CODE.findall(text)
    names += [name for others in _ALSO.findall(text) for name in _CODE.findall(others)]
    return frozenset(map(_kebab_case, names)) | UNDOCUMENTED if names else frozenset()


def filter_violations(known: frozenset[str], parameters: Mapping[str, Any]) -> list[Violation]:
    """The filters among the parameters that are not in `known`."""
    return [
        Violation((member, n, "Name"), each.get("Name"), _NO_FILTER)
        for member in MEMBERS
        for n, each in enumerate(parameters.get(member) or ())
        if isinstance(each, Mapping) and not _is_filter_name(str(each.get("Name")), known)
    ]


def _is_filter_name(name: str, known: frozenset[str]) -> bool:
    return name in known or name.startswith("tag:") or _kebab_case(name) in known


def _kebab_case(name: str) -> str:
    """The name in kebab case: EC2 accepts `availabilityZone` for `availability-zone`, as older clients send it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
