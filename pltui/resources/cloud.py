"""The engine's cloud, made of the resource types of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from pltui.engine.types import Change, Seen, Traits, Want
from pltui.resources.base import ADDRESS_TAG, Lab, Look, Resource, tag
from pltui.resources.elastic_ip import ElasticIp
from pltui.resources.endpoint import Endpoint
from pltui.resources.endpoint_service import EndpointService
from pltui.resources.hosted_zone import HostedZone
from pltui.resources.instance import Instance
from pltui.resources.instance_profile import InstanceProfile
from pltui.resources.internet_gateway import InternetGateway
from pltui.resources.internet_gateway_attachment import InternetGatewayAttachment
from pltui.resources.listener import Listener
from pltui.resources.load_balancer import LoadBalancer
from pltui.resources.nat_gateway import NatGateway
from pltui.resources.record import Record
from pltui.resources.role import Role
from pltui.resources.role_policy import RolePolicy
from pltui.resources.route import Route
from pltui.resources.route_table import RouteTable
from pltui.resources.route_table_association import RouteTableAssociation
from pltui.resources.security_group import SecurityGroup
from pltui.resources.subnet import Subnet
from pltui.resources.target_group import TargetGroup
from pltui.resources.target_registration import TargetRegistration
from pltui.resources.vpc import Vpc

CATALOGUE: Mapping[str, Resource] = {
    resource.kind: resource
    for resource in (
        Vpc(), InternetGateway(), InternetGatewayAttachment(), Subnet(), ElasticIp(), NatGateway(), RouteTable(),
        Route(), RouteTableAssociation(), SecurityGroup(), Instance(), LoadBalancer(), TargetGroup(),
        TargetRegistration(), Listener(), EndpointService(), Endpoint(), Role(), RolePolicy(), InstanceProfile(),
        HostedZone(), Record(),
    )
}  # fmt: skip


class AwsCloud:
    """`pltui.engine.cloud.Cloud` over one account and region."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._begun: Look | None = None
        self.traits: Mapping[str, Traits] = {kind: resource.traits for kind, resource in CATALOGUE.items()}

    async def begin(self) -> None:
        """Send the first reads of the next `observe` before what is wanted is known."""
        self._begun = Look(self._lab)
        await asyncio.gather(*(resource.begin(self._begun) for resource in CATALOGUE.values()))

    async def subnet_zones(self) -> dict[str, str]:
        """Address of each of the lab's subnets -> name of its zone. After `begin`, the look that it began is asked."""
        found = await (self._begun or Look(self._lab)).tagged(Subnet.operation, Subnet.key)
        return {tag(item, ADDRESS_TAG): item["AvailabilityZone"] for item in found}

    async def observe(self, wants: Sequence[Want], kinds: Collection[str] | None = None) -> list[Seen]:
        look, self._begun = self._begun or Look(self._lab), None
        look.expect(wants)
        chosen = [resource for kind, resource in CATALOGUE.items() if kinds is None or kind in kinds]
        found = await asyncio.gather(*(resource.observe(look) for resource in chosen))
        return [seen for one in found for seen in one]

    async def poll(self, kind: str, items: Sequence[Seen]) -> list[Seen]:
        return await CATALOGUE[kind].poll(self._lab, items)

    async def create(self, want: Want, made: Callable[[Seen], None]) -> Seen:
        return await CATALOGUE[want.kind].create(self._lab, want, made)

    async def update(self, want: Want, seen: Seen, changes: Sequence[Change]) -> Seen | None:
        by_field = {change.field: change for change in changes}
        return await CATALOGUE[seen.kind].update(self._lab, want, seen, by_field)

    async def delete(self, seen: Seen) -> None:
        await CATALOGUE[seen.kind].delete(self._lab, seen)
