"""Interface endpoint. A ClientToken guards its creation; its deletion takes minutes, and its interfaces linger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pltui.aws.pricing import Product
from pltui.engine.model import Change, Desired, Field, Observed, State, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    NAMED,
    AwsContext,
    Item,
    ObservationReads,
    TaggedResource,
    delete_if_exists,
    moment,
    name_field,
    raise_unsuccessful,
    retry_until_visible,
    tag,
    with_reason,
)
from pltui.resources.guarded_create import Create, create_once
from pltui.resources.service_objects import endpoint_manager, guardduty_objects, split_groups
from pltui.topology import naming

# EC2 user guide, "Interface endpoint states"; the wire and the SDKs differ in case.
STATES = {
    "pendingacceptance": State.PENDING,
    "pending": State.PENDING,
    "available": State.READY,
    "deleting": State.DELETING,
    "rejected": State.FAILED,
    "failed": State.FAILED,
    "expired": State.FAILED,
    "partial": State.FAILED,  # only some of its interfaces work, and this is not documented to change
}

# EC2's endpoint calls have two spellings (EC2 API reference, error codes).
GONE = frozenset({"InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"})


class Endpoint(TaggedResource):
    """Interface endpoint of a VPC."""

    kind = "endpoint"
    operation, key, tag_type = "DescribeVpcEndpoints", "VpcEndpoints", "vpc-endpoint"
    repeatable = TaggedResource.repeatable | {"DeleteVpcEndpoints"}
    products = (Product("endpoint_zone", "AmazonVPC", "VpcEndpoint-Hours", whole_hours=True),)
    traits = Traits(
        {
            **NAMED,
            "vpc": Field.FIXED,
            "service": Field.FIXED,
            "subnets": Field.MUTABLE,
            "groups": Field.MUTABLE,
            "private_dns": Field.MUTABLE,
            "accepted": Field.MUTABLE,
        },
        eventually_ready=True,
        slow_delete=True,
        refers_to=frozenset({"endpoint_service", "security_group", "subnet", "vpc"}),
    )

    def billed_items(self, spec: Mapping[str, Any]) -> Mapping[str, int]:
        return {"endpoint_zone": len(spec["subnets"])}

    async def observe(self, look: ObservationReads) -> list[Observed]:
        found = await guardduty_objects(look, self.operation, self.key, endpoint_manager)
        managed = [_parse_managed(item, naming.guardduty(vpc, "guardduty-endpoint")) for item, vpc in found]
        return [*await super().observe(look), *(observed for observed in managed if observed)]

    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        return _parse_endpoint(item)

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        """Create the endpoint, and accept it if its service requires acceptance."""
        spec = desired.spec

        async def send(token: str) -> Item:
            return await lab.aws.call(
                "ec2",
                "CreateVpcEndpoint",
                VpcEndpointType="Interface",
                VpcId=spec["vpc"],
                ServiceName=spec["service"],
                SubnetIds=sorted(spec["subnets"]),
                SecurityGroupIds=sorted(spec["groups"]),
                PrivateDnsEnabled=spec["private_dns"],
                ClientToken=token,
                TagSpecifications=self.specification(lab, desired),
            )

        observed = await create_once(
            lab, desired, Create(send, lambda answer: _parse_endpoint(answer["VpcEndpoint"]), self.poll, GONE)
        )
        if not observed.spec["accepted"]:
            made(observed)
            await _accept_connection(lab, observed)
        return observed

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await self.rename(lab, desired, observed, changes)
        modification: Item = {}
        for field, suffix in (("subnets", "SubnetIds"), ("groups", "SecurityGroupIds")):
            if field in changes:
                was, wanted = changes[field].before, changes[field].after
                modification |= {f"Add{suffix}": sorted(wanted - was), f"Remove{suffix}": sorted(was - wanted)}
        if "private_dns" in changes:
            modification["PrivateDnsEnabled"] = changes["private_dns"].after
        modification = {key: value for key, value in modification.items() if value != []}
        if modification:
            await lab.aws.call("ec2", "ModifyVpcEndpoint", VpcEndpointId=observed.id, **modification)
        if "accepted" in changes:
            await _accept_connection(lab, observed)
        return next(iter(await self.poll(lab, [observed])), None)

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        answer = await delete_if_exists(lab, "ec2", "DeleteVpcEndpoints", VpcEndpointIds=[observed.id])
        raise_unsuccessful(answer, "ec2:DeleteVpcEndpoints", deletion=True)


async def _accept_connection(lab: AwsContext, observed: Observed) -> None:
    """Accept the connection on the provider's side, which may not know it yet."""

    async def accept() -> None:
        service = service_id(observed.spec["service"])
        answer = await lab.aws.call(
            "ec2", "AcceptVpcEndpointConnections", ServiceId=service, VpcEndpointIds=[observed.id]
        )
        raise_unsuccessful(answer, "ec2:AcceptVpcEndpointConnections")

    await retry_until_visible(lab, accept)


def service_id(name: str) -> str:
    """Return the endpoint service's id in its name.

    The number of labels before it differs between partitions: `com.amazonaws.vpce.us-east-1.vpce-svc-…`, in China
    `cn.com.amazonaws.vpce.cn-north-1.vpce-svc-…` (AWS CDK, region-info, VPC_ENDPOINT_SERVICE_NAME_PREFIX: the reversed
    DNS suffix and `vpce`).
    """
    return next((label for label in name.split(".") if label.startswith("vpce-svc-")), name)


def _parse_managed(item: Item, address: str) -> Observed | None:
    """Return an endpoint kept by an AWS service; it depends on that service's group."""
    observed = _parse_endpoint(item)
    return replace(observed, address=address, needs=frozenset(observed.attached), attached={}) if observed else None


def _failure_reason(item: Item) -> str:
    """Return the reason of a failure from either of the API's two members for it (EC2 API reference, VpcEndpoint)."""
    last = item.get("LastError", {})
    parts = (last.get("Code", ""), last.get("Message", ""))
    return ": ".join(part for part in parts if part) or str(item.get("FailureReason", ""))


def _parse_endpoint(item: Item) -> Observed | None:
    status = item["State"].lower()
    groups, attached = split_groups(item.get("Groups", []))
    if status == "deleted":
        return None
    entries = item.get("DnsEntries", [])
    # The first one is the regional name (PrivateLink guide, "DNS names").
    names = {"dns_name": entries[0]["DnsName"], "dns_zone": entries[0]["HostedZoneId"]} if entries else {}
    return Observed(
        address=tag(item, ADDRESS_TAG),
        kind=Endpoint.kind,
        id=item["VpcEndpointId"],
        spec={
            **name_field(item),
            "vpc": item["VpcId"],
            "service": item.get("ServiceName", ""),  # absent for a resource or a service network
            "subnets": frozenset(item.get("SubnetIds", [])),
            "groups": groups,
            "private_dns": item.get("PrivateDnsEnabled", False),
            "accepted": status != "pendingacceptance",
        },
        attributes=names,
        state=STATES.get(status, State.PENDING),
        status=with_reason(item["State"], _failure_reason(item)),
        name=tag(item, "Name"),
        created=moment(item.get("CreationTimestamp")),
        attached=attached,
        # An endpoint that was `pending` at first may reach this too (hashicorp/terraform-provider-aws issue 13387).
        stalled=status == "pendingacceptance",
    )
