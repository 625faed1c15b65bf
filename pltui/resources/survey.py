"""Reads of the region before a plan: its zones, their offerings, and the zones of the lab's subnets."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import replace

from pltui import topology
from pltui.aws.account import availability_zones, instance_type_offerings
from pltui.aws.client import Aws
from pltui.aws.errors import kind_of, lacks_permission
from pltui.aws.partitions import partition_of
from pltui.aws_errors import ErrorKind
from pltui.engine.errors import DeniedError, ExpiredError, NotYetError, OutcomeUnknownError, RefusedError
from pltui.engine.model import Observed
from pltui.resources.registry import AwsCloud
from pltui.spec.model import Spec


class Survey:
    """Zones are read once, offerings only if a subnet has no zone yet.

    `denied` is the error if the region's zones may not be read. The zones of the lab's own subnets then count as all
    zones, which is enough for an existing lab.
    """

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._region: topology.Region | None = None
        self._subnets: dict[str, str] = {}  # address of an initially existing subnet -> name of its zone
        self.denied: DeniedError | None = None

    @property
    def zones(self) -> tuple[topology.Zone, ...]:
        """The region's zones with the account's names; empty until read."""
        return self._region.zones if self._region else ()

    async def read(self, cloud: AwsCloud, spec: Spec) -> None:
        """Read everything that `region` needs for `spec`."""
        zones, subnets = await asyncio.gather(self._read_zones(), cloud.subnet_zones())
        if zones is None:
            zones = tuple(dict.fromkeys(subnets.values()))
        region = self._aws.target.region
        self._region = topology.Region(region, zones, partition_of(region))
        self._subnets = {address: zone.name for address, zone in subnets.items()}
        await self.read_offerings(spec)

    async def _read_zones(self) -> tuple[topology.Zone, ...] | None:
        """Return the zones of the region; None if they may not be read. Raises CloudError."""
        try:
            return await availability_zones(self._aws)
        except DeniedError as error:
            if not lacks_permission(error):
                raise
            self.denied = error
            return None

    async def read_offerings(self, spec: Spec, observed: Iterable[Observed] = ()) -> bool:
        """Read the zones that offer the instance types of `spec` and the AWS services of its endpoints.

        Nothing is read if every subnet has its zone. Return True if something was read.
        """
        known = self._region
        if known is None or topology.complete(spec, self.region(observed)):
            return False
        types = topology.instance_types(spec)
        services = topology.access_services(spec, known) - known.services.keys()
        if types <= known.offerings.keys() and not services:
            return False
        missing = frozenset() if types <= known.offerings.keys() else types
        offerings, zones = await asyncio.gather(self._read_offerings(missing), self._service_zones(services))
        self._region = replace(known, offerings={**known.offerings, **offerings}, services={**known.services, **zones})
        return True

    async def _read_offerings(self, types: Collection[str]) -> dict[str, frozenset[str] | None]:
        return await instance_type_offerings(self._aws, types) if types else {}

    async def _service_zones(self, services: Collection[str]) -> dict[str, frozenset[str] | None]:
        """Return service -> names of its zones; None for each if that may not be read.

        If one of several services is not offered, AWS rejects the whole call and names that one (InvalidServiceName).
        """
        if not services:
            return {}
        try:
            answer = await self._aws.call("ec2", "DescribeVpcEndpointServices", ServiceNames=sorted(services))
        except ExpiredError:
            raise
        except (NotYetError, OutcomeUnknownError, RefusedError) as error:
            missing = kind_of(error) is ErrorKind.MISSING
            return {one: frozenset() if missing and f"'{one}'" in error.message else None for one in services}
        found = {one["ServiceName"]: frozenset(one.get("AvailabilityZones", ())) for one in answer["ServiceDetails"]}
        return {service: found.get(service) for service in services}

    def region(self, observed: Iterable[Observed] = ()) -> topology.Region:
        """Return the region, with the zones of the lab's subnets as last observed."""
        assert self._region is not None, "read() comes first"
        zones = {item.address: item.spec["zone"] for item in observed if item.kind == "subnet"}
        return self._region.with_subnets(self._subnets | zones)
