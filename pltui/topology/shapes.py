"""Building blocks shared by both sides: named resources, parts of resources, and instances."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from pltui.engine.model import AnyOf, Desired, Ref
from pltui.topology.addresses import Address


def named_resource(address: str, kind: str, name: str, after: tuple[str, ...] = (), **spec: object) -> Desired:
    """Return a resource with a Name tag, which is a field like any other."""
    return Desired(address, kind, {"name": name, **spec}, name, after)


def part(
    address: str, kind: str, after: tuple[str, ...] = (), works_with: tuple[str, ...] = (), **spec: object
) -> Desired:
    """Return a part of another resource, without a name of its own."""
    return Desired(address, kind, spec, Address.parse(address).path, after, works_with)


def instance(
    address: str,
    name: str,
    *,
    instance_types: Sequence[str],
    subnets: Mapping[str, str],
    group: str,
    user_data: str = "",
    **more: Any,
) -> Desired:
    """Return an instance.

    `subnets`: addresses of the subnets it may be in, with their zones, in order of preference. `more`: further fields
    to compare; fields that are not given are left as they are.
    """
    return named_resource(
        address,
        "instance",
        name,
        subnet=_any_of([Ref(subnet) for subnet in subnets]),
        zones=tuple(subnets.values()),
        instance_type=_any_of(instance_types),
        groups=frozenset({Ref(group)}),
        user_data=user_data,
        user_data_digest=hashlib.sha256(user_data.encode()).hexdigest()[:16],
        http_endpoint="enabled",
        http_tokens="required",
        running=True,
        **more,
    )


def _any_of(values: Sequence[object]) -> object:
    return values[0] if len(values) == 1 else AnyOf(values)
