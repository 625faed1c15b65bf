"""Interface endpoint. A ClientToken guards its create; its deletion takes minutes, and its interfaces linger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pltui import naming
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
    moment,
    named,
    rounded_off,
    tag,
    unsuccessful,
    with_reason,
)
from pltui.resources.managed import endpoint_manager, guardduty_objects, split_groups

# EC2 user guide, "Interface endpoint states"; the wire and the SDKs differ in case.
STATES = {
    "pendingacceptance": State.PENDING,
    "pending": State.PENDING,
    "available": State.READY,
    "deleting": State.DELETING,
    "rejected": State.FAILED,
    "failed": State.FAILED,
    "expired": State.FAILED,
    "partial": State.FAILED,  # of its interfaces only some work, and nothing says that more will
}

# EC2's endpoint calls have two spellings (EC2 API reference, error codes).
GONE = frozenset({"InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"})


class Endpoint(TaggedResource):
    kind = "endpoint"
    operation, key, tag_type = "DescribeVpcEndpoints", "VpcEndpoints", "vpc-endpoint"
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
        settles=True,
        lingers=True,
        refers_to=frozenset({"endpoint_service", "security_group", "subnet", "vpc"}),
    )

    async def observe(self, look: Look) -> list[Seen]:
        found = await guardduty_objects(look, self.operation, self.key, endpoint_manager)
        managed = [_managed(item, naming.guardduty(vpc, "guardduty-endpoint")) for item, vpc in found]
        return [*await super().observe(look), *(seen for seen in managed if seen)]

    async def parse(self, look: Look, item: Item) -> Seen | None:
        return _seen(item)

    async def create(self, lab: Lab, want: Want, made: Callable[[Seen], None]) -> Seen:
        spec = want.spec

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
                TagSpecifications=self.specification(lab, want),
            )

        seen = await create_once(lab, want, Create(send, lambda answer: _seen(answer["VpcEndpoint"]), self.poll, GONE))
        if not seen.spec["accepted"]:
            made(seen)
            await _accept(lab, seen)
        return seen

    async def update(self, lab: Lab, want: Want, seen: Seen, changes: Mapping[str, Change]) -> Seen | None:
        await self.rename(lab, want, seen, changes)
        modification: Item = {}
        for field, suffix in (("subnets", "SubnetIds"), ("groups", "SecurityGroupIds")):
            if field in changes:
                was, wanted = changes[field].was, changes[field].want
                modification |= {f"Add{suffix}": sorted(wanted - was), f"Remove{suffix}": sorted(was - wanted)}
        if "private_dns" in changes:
            modification["PrivateDnsEnabled"] = changes["private_dns"].want
        modification = {key: value for key, value in modification.items() if value != []}
        if modification:
            await lab.aws.call("ec2", "ModifyVpcEndpoint", VpcEndpointId=seen.id, **modification)
        if "accepted" in changes:
            await _accept(lab, seen)
        return next(iter(await self.poll(lab, [seen])), None)

    async def delete(self, lab: Lab, seen: Seen) -> None:
        answer = await gone_is_done(lab, "ec2", "DeleteVpcEndpoints", VpcEndpointIds=[seen.id])
        unsuccessful(answer, "ec2:DeleteVpcEndpoints", deletion=True)


async def _accept(lab: Lab, seen: Seen) -> None:
    """Let it in on the provider's side, which may not know of it yet."""

    async def accept() -> None:
        service = service_id(seen.spec["service"])
        answer = await lab.aws.call("ec2", "AcceptVpcEndpointConnections", ServiceId=service, VpcEndpointIds=[seen.id])
        unsuccessful(answer, "ec2:AcceptVpcEndpointConnections")

    await rounded_off(lab, accept)


def service_id(name: str) -> str:
    """The endpoint service's id in its name. How many labels are before it differs between partitions:

    `com.amazonaws.vpce.us-east-1.vpce-svc-…`, in China `cn.com.amazonaws.vpce.cn-north-1.vpce-svc-…` (AWS CDK,
    region-info, VPC_ENDPOINT_SERVICE_NAME_PREFIX: the reversed DNS suffix and `vpce`).
    """
    return next((label for label in name.split(".") if label.startswith("vpce-svc-")), name)


def _managed(item: Item, address: str) -> Seen | None:
    """An endpoint that a service keeps; it depends on that service's group."""
    seen = _seen(item)
    return replace(seen, address=address, needs=frozenset(seen.attached), attached={}) if seen else None


def _reason(item: Item) -> str:
    """Why it fails, as either of the two members tells that the API has for it (EC2 API reference, VpcEndpoint)."""
    last = item.get("LastError", {})
    parts = (last.get("Code", ""), last.get("Message", ""))
    return ": ".join(part for part in parts if part) or str(item.get("FailureReason", ""))


def _seen(item: Item) -> Seen | None:
    status = item["State"].lower()
    groups, attached = split_groups(item.get("Groups", []))
    if status == "deleted":
        return None
    entries = item.get("DnsEntries", [])
    # The first one is the regional name (PrivateLink guide, "DNS names").
    names = {"dns_name": entries[0]["DnsName"], "dns_zone": entries[0]["HostedZoneId"]} if entries else {}
    return Seen(
        address=tag(item, ADDRESS_TAG),
        kind=Endpoint.kind,
        id=item["VpcEndpointId"],
        spec={
            **named(item),
            "vpc": item["VpcId"],
            "service": item.get("ServiceName", ""),  # none of a resource or a service network
            "subnets": frozenset(item.get("SubnetIds", [])),
            "groups": groups,
            "private_dns": item.get("PrivateDnsEnabled", False),
            "accepted": status != "pendingacceptance",
        },
        attributes=names,
        state=STATES.get(status, State.PENDING),
        status=with_reason(item["State"], _reason(item)),
        name=tag(item, "Name"),
        created=moment(item.get("CreationTimestamp")),
        attached=attached,
        # Also one that was `pending` at first may come to this (hashicorp/terraform-provider-aws issue 13387).
        stalled=status == "pendingacceptance",
    )
