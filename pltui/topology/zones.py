"""Availability zones: what a region offers, and which of them a VPC uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pltui.spec.model import Vpc
from pltui.words import Phrase


@dataclass(frozen=True, slots=True)
class Zone:
    """An availability zone as an account sees it. Names differ between accounts, ids do not."""

    name: str  # ap-northeast-1a
    id: str  # apne1-az4


class ZoneError(ValueError):
    """The account and region do not offer the zones a VPC asks for."""


def choose_zones(vpc: Vpc, offered: Sequence[Zone]) -> list[Zone]:
    """The zones of a VPC's subnets 1, 2, ...; raises ZoneError."""
    offered = sorted(offered, key=lambda zone: zone.name)
    if isinstance(vpc.zones, int):
        if vpc.zones > len(offered):
            raise ZoneError(
                Phrase("{zones} zones are wanted, and the region offers {n}", zones=vpc.zones, n=len(offered))
            )
        return list(offered[: vpc.zones])
    known = {key: zone for zone in offered for key in (zone.name, zone.id)}
    missing = [zone for zone in vpc.zones if zone not in known]
    if missing:
        there = ", ".join(f"{zone.name} ({zone.id})" for zone in offered)
        raise ZoneError(Phrase("no zone {missing} here; there are {there}", missing=", ".join(missing), there=there))
    return [known[zone] for zone in vpc.zones]
