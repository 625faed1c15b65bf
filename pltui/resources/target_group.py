"""Target group. Its name is unique in an account and region; it is made from the lab's name and a digest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from pltui.engine.types import Change, Field, Seen, Traits, Want
from pltui.resources.base import ADDRESS_TAG, Item, Lab, Look, Resource, gone_is_done, rounded_off, tag
from pltui.resources.holders import of_target_group, telling_who
from pltui.resources.load_balancer import OWNER, own_tags, owned, retag, tagged
from pltui.resources.vpc import Vpc

CREATED_WITH = {"name": "Name", "protocol": "Protocol", "port": "Port", "vpc": "VpcId", "target_type": "TargetType"}
SHOWN_AS = {**CREATED_WITH, "name": "TargetGroupName"}
HEALTH_CHECK = {
    "health_protocol": "HealthCheckProtocol",
    "health_port": "HealthCheckPort",
    "health_interval": "HealthCheckIntervalSeconds",
    "health_timeout": "HealthCheckTimeoutSeconds",
    "healthy_threshold": "HealthyThresholdCount",
    "unhealthy_threshold": "UnhealthyThresholdCount",
}
# The first two would hide what the load balancer's cross-zone switch does, the third puts a header before each request
# that the servers do not expect (ELBv2 API reference, TargetGroupAttribute).
ATTRIBUTES = {
    "cross_zone": "load_balancing.cross_zone.enabled",
    "stickiness": "stickiness.enabled",
    "proxy_protocol": "proxy_protocol_v2.enabled",
}
FRESH = {"cross_zone": "use_load_balancer_configuration", "stickiness": "false", "proxy_protocol": "false"}


class TargetGroup(Resource):
    kind = "target_group"
    traits = Traits(
        {
            **dict.fromkeys(CREATED_WITH, Field.FIXED),
            **dict.fromkeys((*HEALTH_CHECK, *ATTRIBUTES, "name_tag"), Field.MUTABLE),
            "lab": OWNER,
        },
        refers_to=frozenset({"vpc"}),
    )

    async def begin(self, look: Look) -> None:
        await _everywhere(look)

    async def tagged_arns(self, look: Look) -> list[str]:
        return [item["TargetGroupArn"] for item in await likely_target_groups(look)]

    async def observe(self, look: Look) -> list[Seen]:
        async def attributes(item: Item) -> dict[str, str]:
            arn = item["TargetGroupArn"]
            answer = await look.each("elbv2", "DescribeTargetGroupAttributes", TargetGroupArn=arn)
            values = {a["Key"]: a["Value"] for a in answer["Attributes"]}
            return {field: values.get(key, FRESH[field]) for field, key in ATTRIBUTES.items()}

        likely = await likely_target_groups(look)
        found = await tagged(look, likely, "TargetGroupArn", attributes)
        seen = ((item.get("VpcId", "no VPC"), _seen(item, {**values, **own_tags(item)})) for item, values in found)
        return list(owned(look, self.kind, seen))

    async def create(self, lab: Lab, want: Want, made: Callable[[Seen], None]) -> Seen:
        parameters = {key: want.spec[field] for field, key in (CREATED_WITH | HEALTH_CHECK).items()}
        answer = await lab.aws.call("elbv2", "CreateTargetGroup", **parameters, Tags=lab.tags(want))
        seen = replace(_seen(answer["TargetGroups"][0], FRESH), address=want.address)
        made(seen)
        others = {field: want.spec[field] for field in FRESH if want.spec[field] != FRESH[field]}
        await rounded_off(lab, lambda: _set(lab, seen.id, others))
        return seen

    async def update(self, lab: Lab, want: Want, seen: Seen, changes: Mapping[str, Change]) -> Seen | None:
        checks = {key: changes[field].want for field, key in HEALTH_CHECK.items() if field in changes}
        if checks:
            await lab.aws.call("elbv2", "ModifyTargetGroup", TargetGroupArn=seen.id, **checks)
        await _set(lab, seen.id, {field: changes[field].want for field in ATTRIBUTES if field in changes})
        await retag(lab, want, seen, changes)
        return None

    async def delete(self, lab: Lab, seen: Seen) -> None:
        call = gone_is_done(lab, "elbv2", "DeleteTargetGroup", TargetGroupArn=seen.id)
        await telling_who(lab, seen.id, call, lambda: of_target_group(lab, seen.id))


async def likely_target_groups(look: Look) -> list[Item]:
    """Those in our VPCs or of a name of ours: the ones worth asking for their tags, as there is no tag filter."""
    everywhere, vpcs = await asyncio.gather(_everywhere(look), look.tagged(Vpc.operation, Vpc.key))
    names = {want.spec.get("name") for want in look.wants.values() if want.kind == TargetGroup.kind}
    # A group may outlive its VPC, so a name made from ours counts as well.
    prefix, ours = f"{look.lab.name[:16]}-", {vpc["VpcId"] for vpc in vpcs}
    return [
        group
        for group in everywhere
        if group.get("VpcId") in ours
        or group["TargetGroupName"] in names
        or group["TargetGroupName"].startswith(prefix)
    ]


async def _everywhere(look: Look) -> list[Item]:
    return await look.items("elbv2", "DescribeTargetGroups", "TargetGroups")


async def _set(lab: Lab, arn: str, values: Mapping[str, str]) -> None:
    if values:
        attributes = [{"Key": ATTRIBUTES[field], "Value": value} for field, value in values.items()]
        await lab.aws.call("elbv2", "ModifyTargetGroupAttributes", TargetGroupArn=arn, Attributes=attributes)


def _seen(item: Item, attributes: Mapping[str, str]) -> Seen:
    spec = {field: item.get(key) for field, key in (SHOWN_AS | HEALTH_CHECK).items()}
    return Seen(
        address=tag(item, ADDRESS_TAG),
        kind=TargetGroup.kind,
        id=item["TargetGroupArn"],
        spec={**spec, **attributes},
        name=tag(item, "Name"),
    )
