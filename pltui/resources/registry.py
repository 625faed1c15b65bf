"""The engine's cloud, built from the resource types of this package."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from pltui.aws.errors import kind_of, lacks_permission
from pltui.aws_errors import ErrorKind
from pltui.engine.errors import DeniedError, NotYetError, RefusedError
from pltui.engine.model import Change, Desired, Observation, Observed, Traits, Unreadable
from pltui.resources.base import ADDRESS_TAG, AwsContext, ObservationReads, Resource, tag
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
from pltui.topology.region import Zone

RESOURCE_TYPES: Mapping[str, Resource] = {
    resource.kind: resource
    for resource in (
        Vpc(),
        InternetGateway(),
        InternetGatewayAttachment(),
        Subnet(),
        ElasticIp(),
        NatGateway(),
        RouteTable(),
        Route(),
        RouteTableAssociation(),
        SecurityGroup(),
        Instance(),
        LoadBalancer(),
        TargetGroup(),
        TargetRegistration(),
        Listener(),
        EndpointService(),
        Endpoint(),
        Role(),
        RolePolicy(),
        InstanceProfile(),
        HostedZone(),
        Record(),
    )
}

REPEATABLE = frozenset(operation for resource in RESOURCE_TYPES.values() for operation in resource.repeatable)


class AwsCloud:
    """`pltui.engine.cloud.Cloud` for one account and region."""

    def __init__(self, lab: AwsContext, clock: Callable[[], float] = time.monotonic) -> None:
        """Create a cloud; `clock`: see `Cloud.observation_start`."""
        self._lab, self._clock = lab, clock
        self.observation_start = 0.0
        self._begun: ObservationReads | None = None
        self.traits: Mapping[str, Traits] = {kind: resource.traits for kind, resource in RESOURCE_TYPES.items()}

    async def begin(self) -> None:
        """Send the first reads of the next `observe` before the desired resources are known."""
        look = self._begun = ObservationReads(self._lab)
        await self._lab.aws.prepare("ec2")  # takes longer than the reads, none of which is sent before it ends
        self.observation_start = self._clock()

        async def begin(resource: Resource) -> None:
            with contextlib.suppress(DeniedError):  # `observe` repeats the read and reports the error
                await resource.begin(look)

        await asyncio.gather(*map(begin, RESOURCE_TYPES.values()))

    async def subnet_zones(self) -> dict[str, Zone]:
        """Return address -> zone of the lab's subnets; after `begin`, from the reads it sent.

        Empty if subnets may not be read: then none is created or changed either, so that their zones do not matter.
        """
        try:
            found = await (self._begun or ObservationReads(self._lab)).tagged_items(Subnet.operation, Subnet.key)
        except DeniedError as error:
            if not lacks_permission(error):
                raise
            return {}
        return {
            tag(item, ADDRESS_TAG): Zone(item["AvailabilityZone"], item.get("AvailabilityZoneId", "")) for item in found
        }

    async def observe(
        self, all_desired: Sequence[Desired], kinds: Collection[str] | None = None, *, creating: bool = True
    ) -> Observation:
        """Return the lab's resources, and the types that may not be read.

        Raises:
            DeniedError: If no type may be read.
        """
        if self._begun is None:
            self.observation_start = self._clock()
        look, self._begun = self._begun or ObservationReads(self._lab), None
        look.expect(all_desired)
        look.creating = creating
        chosen = look.chosen = [resource for kind, resource in RESOURCE_TYPES.items() if kinds is None or kind in kinds]
        found = await asyncio.gather(*(_observe_type(resource, look) for resource in chosen))
        denials = {
            resource.kind: one for resource, one in zip(chosen, found, strict=True) if isinstance(one, DeniedError)
        }
        if denials and len(denials) == len(chosen):
            raise next(iter(denials.values()))
        unreadable = tuple(Unreadable(kind, error.action) for kind, error in denials.items())
        return Observation(
            [observed for one in found if not isinstance(one, DeniedError) for observed in one], unreadable
        )

    async def poll(self, kind: str, items: Sequence[Observed]) -> list[Observed]:
        """Return the current states of resources of one type; those missing are omitted."""
        try:
            return await RESOURCE_TYPES[kind].poll(self._lab, items)
        except (NotYetError, RefusedError) as error:
            if kind_of(error) is not ErrorKind.MISSING:
                raise
        if len(items) == 1:
            return []
        found = await asyncio.gather(*(self.poll(kind, [item]) for item in items))  # a missing one hid the others
        return [item for one in found for item in one]

    async def create(self, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        """Create a resource by its type, see `Cloud.create`."""
        return await RESOURCE_TYPES[desired.kind].create(self._lab, desired, made)

    async def update(self, desired: Desired, observed: Observed, changes: Sequence[Change]) -> Observed | None:
        """Update a resource by its type, see `Cloud.update`."""
        by_field = {change.field: change for change in changes}
        return await RESOURCE_TYPES[observed.kind].update(self._lab, desired, observed, by_field)

    async def delete(self, observed: Observed) -> None:
        """Delete a resource by its type, see `Cloud.delete`."""
        await RESOURCE_TYPES[observed.kind].delete(self._lab, observed)


async def _observe_type(resource: Resource, look: ObservationReads) -> list[Observed] | DeniedError:
    """Return the lab's resources of a type, or the error if they may not be read."""
    try:
        return await resource.observe(look)
    except DeniedError as error:
        if lacks_permission(error):
            return error
        raise
