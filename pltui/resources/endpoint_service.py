"""Endpoint service. A ClientToken guards its create; besides, a load balancer serves one service at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pltui.engine.errors import NotYetError
from pltui.engine.types import Change, Field, Seen, State, Traits, Want
from pltui.resources.base import (
    ADDRESS_TAG,
    NAMED,
    Create,
    Item,
    Lab,
    Look,
    TaggedResource,
    create_once,
    gone_is_done,
    named,
    tag,
    unsuccessful,
)
from pltui.resources.holders import live_connections, of_balancer, of_service, telling_who

# EC2 API reference, ServiceState; SDKs and the wire differ in case.
STATES = {
    "pending": State.PENDING,
    "available": State.READY,
    "deleting": State.DELETING,
    "failed": State.FAILED,
}

# EC2's endpoint calls have two spellings (EC2 API reference, error codes).
GONE = frozenset({"InvalidVpcEndpointServiceId.NotFound", "InvalidVpcEndpointService.NotFound"})


class EndpointService(TaggedResource):
    kind = "endpoint_service"
    operation, key = "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations"
    tag_type = "vpc-endpoint-service"
    traits = Traits(
        {**NAMED, "load_balancers": Field.FIXED, "acceptance_required": Field.MUTABLE},
        refers_to=frozenset({"load_balancer"}),
    )

    async def parse(self, look: Look, item: Item) -> Seen | None:
        return _seen(item)

    async def create(self, lab: Lab, want: Want, made: Callable[[Seen], None]) -> Seen:
        balancers = sorted(want.spec["load_balancers"])

        async def send(token: str) -> Item:
            call = lab.aws.call(
                "ec2",
                "CreateVpcEndpointServiceConfiguration",
                NetworkLoadBalancerArns=balancers,
                AcceptanceRequired=want.spec["acceptance_required"],
                ClientToken=token,
                TagSpecifications=self.specification(lab, want),
            )
            return await telling_who(lab, want.address, call, lambda: of_balancer(lab, balancers[0]))

        create = Create(send, lambda answer: _seen(answer["ServiceConfiguration"]), self.poll, GONE)
        return await create_once(lab, want, create)

    async def update(self, lab: Lab, want: Want, seen: Seen, changes: Mapping[str, Change]) -> Seen | None:
        await self.rename(lab, want, seen, changes)
        if "acceptance_required" in changes:
            required = changes["acceptance_required"].want
            await lab.aws.call(
                "ec2", "ModifyVpcEndpointServiceConfiguration", ServiceId=seen.id, AcceptanceRequired=required
            )
        return None

    async def delete(self, lab: Lab, seen: Seen) -> None:
        try:
            await telling_who(lab, seen.id, self._delete(lab, seen.id), lambda: of_service(lab, seen.id))
        except NotYetError as error:
            if error.code == "ExistingVpcEndpointConnections":
                await self._reject_connections(lab, seen)
            raise

    async def _delete(self, lab: Lab, service: str) -> None:
        action = "DeleteVpcEndpointServiceConfigurations"
        answer = await gone_is_done(lab, "ec2", action, ServiceIds=[service])
        unsuccessful(answer, f"ec2:{action}", deletion=True)

    async def _reject_connections(self, lab: Lab, seen: Seen) -> None:
        """Whoever is still connected is severed, so that the next try succeeds; their endpoints stay with them."""
        live = [one["VpcEndpointId"] for one in await live_connections(lab, seen.id)]
        if live:
            await lab.aws.call("ec2", "RejectVpcEndpointConnections", ServiceId=seen.id, VpcEndpointIds=live)


def _seen(item: Item) -> Seen | None:
    status = item.get("ServiceState", "Available")
    if status.lower() == "deleted":
        return None
    seen = Seen(
        address=tag(item, ADDRESS_TAG),
        kind=EndpointService.kind,
        id=item["ServiceId"],
        spec={
            **named(item),
            "load_balancers": frozenset(item.get("NetworkLoadBalancerArns", [])),
            "acceptance_required": item["AcceptanceRequired"],
        },
        attributes={"service_name": item["ServiceName"]},
        state=STATES.get(status.lower(), State.PENDING),
        status=status.lower(),
    )
    return replace(seen, name=tag(item, "Name"))
