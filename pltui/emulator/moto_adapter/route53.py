"""Route 53's objects in moto, with the attributes in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pltui.emulator.moto_adapter.values import Structure


class MotoRecordSet(Protocol):
    """The records of a name and type."""

    name: str
    type: str
    ttl: int | str | None
    set_identifier: str | None
    records: Sequence[Any]  # texts, or structures with a `Value`
    alias_target: Structure | None
    weight: object
    region: str | None
    failover: str | None
    health_check_id: str | None
    geo_location: object
    multi_value_answer: object


class MotoHostedZone(Protocol):
    """A hosted zone."""

    id: str
    name: str
    private_zone: bool
    caller_reference: str | None
    rrsets: list[MotoRecordSet]
    vpcs: list[dict[str, str]]

    # Added by pltui:
    authorized_vpcs: dict[str, str | None]

    @property
    def resource_id(self) -> str:
        """The id without a path."""

    def add_vpc(self, vpc_id: str, vpc_region: str | None) -> object:
        """Associate a VPC."""

    def delete_vpc(self, vpc_id: str) -> object:
        """Remove the association with a VPC."""


class Route53Backend(Protocol):
    """Route 53 in an account."""

    account_id: str
    zones: dict[str, MotoHostedZone]
    get_hosted_zone: Callable[[str], MotoHostedZone]
