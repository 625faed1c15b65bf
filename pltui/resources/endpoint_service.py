"""Endpoint service. A ClientToken guards its creation; also, a load balancer serves one service at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pltui.engine.errors import NotYetError
from pltui.engine.model import Change, Desired, Field, Observed, State, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    NAMED,
    AwsContext,
    Item,
    ObservationReads,
    TaggedResource,
    delete_if_exists,
    name_field,
    raise_unsuccessful,
    tag,
)
from pltui.resources.blockers import explain_refusal, live_connections, of_balancer, of_service
from pltui.resources.guarded_create import Create, create_once

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
    """Endpoint service of the provider."""

    kind = "endpoint_service"
    operation, key = "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations"
    tag_type = "vpc-endpoint-service"
    repeatable = TaggedResource.repeatable | {
        "DeleteVpcEndpointServiceConfigurations",
        "ModifyVpcEndpointServiceConfiguration",
    }
    traits = Traits(
        {**NAMED, "load_balancers": Field.FIXED, "acceptance_required": Field.MUTABLE},
        refers_to=frozenset({"load_balancer"}),
    )

    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        return _parse_service(item)

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        balancers = sorted(desired.spec["load_balancers"])

        async def send(token: str) -> Item:
            call = lab.aws.call(
                "ec2",
                "CreateVpcEndpointServiceConfiguration",
                NetworkLoadBalancerArns=balancers,
                AcceptanceRequired=desired.spec["acceptance_required"],
                ClientToken=token,
                TagSpecifications=self.specification(lab, desired),
            )
            return await explain_refusal(lab, desired.address, call, lambda: of_balancer(lab, balancers[0]))

        create = Create(send, lambda answer: _parse_service(answer["ServiceConfiguration"]), self.poll, GONE)
        return await create_once(lab, desired, create)

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await self.rename(lab, desired, observed, changes)
        if "acceptance_required" in changes:
            required = changes["acceptance_required"].after
            await lab.aws.call(
                "ec2", "ModifyVpcEndpointServiceConfiguration", ServiceId=observed.id, AcceptanceRequired=required
            )
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        """Delete the service; if connections block this, reject them so that the next attempt succeeds."""
        try:
            await explain_refusal(
                lab, observed.id, self._delete_service(lab, observed.id), lambda: of_service(lab, observed.id)
            )
        except NotYetError as error:
            if error.code == "ExistingVpcEndpointConnections":
                await self._reject_connections(lab, observed)
            raise

    async def _delete_service(self, lab: AwsContext, service: str) -> None:
        action = "DeleteVpcEndpointServiceConfigurations"
        answer = await delete_if_exists(lab, "ec2", action, ServiceIds=[service])
        raise_unsuccessful(answer, f"ec2:{action}", deletion=True)

    async def _reject_connections(self, lab: AwsContext, observed: Observed) -> None:
        """Reject all live connections; the endpoints remain with their owners."""
        live = [one["VpcEndpointId"] for one in await live_connections(lab, observed.id)]
        if live:
            action = "RejectVpcEndpointConnections"
            answer = await lab.aws.call("ec2", action, ServiceId=observed.id, VpcEndpointIds=live)
            raise_unsuccessful(answer, f"ec2:{action}")


def _parse_service(item: Item) -> Observed | None:
    status = item.get("ServiceState", "Available")
    if status.lower() == "deleted":
        return None
    observed = Observed(
        address=tag(item, ADDRESS_TAG),
        kind=EndpointService.kind,
        id=item["ServiceId"],
        spec={
            **name_field(item),
            "load_balancers": frozenset(item.get("NetworkLoadBalancerArns", [])),
            "acceptance_required": item["AcceptanceRequired"],
        },
        attributes={"service_name": item["ServiceName"]},
        state=STATES.get(status.lower(), State.PENDING),
        status=status.lower(),
    )
    return replace(observed, name=tag(item, "Name"))
