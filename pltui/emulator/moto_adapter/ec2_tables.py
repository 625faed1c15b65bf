"""moto's tables of images and instance types, which are the same for all accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias


class MotoVolume(Protocol):
    """The volume of a snapshot."""

    id: str


class MotoSnapshot(Protocol):
    """A snapshot."""

    id: str
    start_time: object
    volume: MotoVolume


class MotoImage(Protocol):
    """An image."""

    id: str
    creation_date: object
    ebs_snapshot: MotoSnapshot


Offered: TypeAlias = list[dict[str, str]]
"""The instance types offered at locations of one kind in a region."""


class InstanceTypeTable(Protocol):
    """moto's class with all instance types."""

    instance_types: object


class InstanceTypes(Protocol):
    """moto's module of instance types, with the names of its tables."""

    INSTANCE_TYPES: dict[str, object]
    INSTANCE_TYPE_OFFERINGS: dict[str, dict[str, Offered]]
    InstanceType: Callable[[str], object]
    InstanceTypeBackend: InstanceTypeTable
