"""Building blocks shared by both sides: named resources, parts of resources, and instances."""

from __future__ import annotations

import hashlib

from pltui.engine.types import Ref, Want


def named(address: str, kind: str, name: str, after: tuple[str, ...] = (), **spec: object) -> Want:
    """What has a Name tag, which is a field like any other."""
    return Want(address, kind, {"name": name, **spec}, name, after)


def part(
    address: str, kind: str, after: tuple[str, ...] = (), works_with: tuple[str, ...] = (), **spec: object
) -> Want:
    """What is part of something else, and has no name of its own."""
    return Want(address, kind, spec, address.partition("/")[2], after, works_with)


def instance(
    address: str,
    name: str,
    *,
    instance_type: str,
    subnet: str,
    group: str,
    user_data: str = "",
    profile: Ref | str = "",
) -> Want:
    return named(
        address,
        "instance",
        name,
        subnet=Ref(subnet),
        instance_type=instance_type,
        groups=frozenset({Ref(group)}),
        user_data=user_data,
        user_data_digest=hashlib.sha256(user_data.encode()).hexdigest()[:16],
        profile=profile,
        http_tokens="required",
        running=True,
    )
