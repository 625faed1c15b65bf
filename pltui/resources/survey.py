"""The region before a lab is planned for it: its zones, what they offer, and those that the lab's subnets are in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from pltui import topology
from pltui.aws.account import instance_type_offerings, region_of
from pltui.aws.client import Aws
from pltui.engine.types import Seen
from pltui.resources.cloud import AwsCloud
from pltui.spec.model import Spec


class Survey:
    """Zones are read once, offerings only where a subnet has yet to be given a zone."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._region: topology.Region | None = None
        self._subnets: dict[str, str] = {}  # address of a subnet that was there at first -> name of its zone

    @property
    def zones(self) -> tuple[topology.Zone, ...]:
        """The region's, as the account names them; empty until they are read."""
        return self._region.zones if self._region else ()

    async def read(self, cloud: AwsCloud, spec: Spec) -> None:
        """Read what `region` needs to be known for `spec`."""
        self._region, self._subnets = await asyncio.gather(region_of(self._aws), cloud.subnet_zones())
        await self.read_offerings(spec)

    async def read_offerings(self, spec: Spec, seen: Iterable[Seen] = ()) -> bool:
        """Read which zones offer the instance types of `spec`, where that matters; whether there was need to."""
        known, types = self._region, topology.instance_types(spec)
        if known is None or types <= known.offerings.keys() or topology.complete(spec, self.region(seen)):
            return False
        found = await instance_type_offerings(self._aws, types)
        self._region = replace(known, offerings={**known.offerings, **found})
        return True

    def region(self, seen: Iterable[Seen] = ()) -> topology.Region:
        """The region, with the zones of the lab's subnets as they were last seen."""
        assert self._region is not None, "read() comes first"
        zones = {item.address: item.spec["zone"] for item in seen if item.kind == "subnet"}
        return self._region.with_subnets(self._subnets | zones)
