"""Target group. Its name is unique in an account and region; it consists of the lab's name and a digest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from pltui.engine.model import Change, Desired, Field, Observed, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    AwsContext,
    Item,
    ObservationReads,
    Resource,
    delete_if_exists,
    retry_until_visible,
    tag,
)
from pltui.resources.blockers import explain_refusal, of_target_group
from pltui.resources.load_balancer import OWNER, own_tags, retag, select_relevant, with_tags
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
# The first two would hide the effect of the load balancer's cross-zone switch; the third adds a header that the servers
# do not expect (ELBv2 API reference, TargetGroupAttribute).
ATTRIBUTES = {
    "cross_zone": "load_balancing.cross_zone.enabled",
    "stickiness": "stickiness.enabled",
    "proxy_protocol": "proxy_protocol_v2.enabled",
}
FRESH = {"cross_zone": "use_load_balancer_configuration", "stickiness": "false", "proxy_protocol": "false"}


class TargetGroup(Resource):
    """Target group of the servers."""

    kind = "target_group"
    repeatable = frozenset({"DeleteTargetGroup", "ModifyTargetGroup", "ModifyTargetGroupAttributes"})
    traits = Traits(
        {
            **dict.fromkeys(CREATED_WITH, Field.FIXED),
            **dict.fromkeys((*HEALTH_CHECK, *ATTRIBUTES, "name_tag"), Field.MUTABLE),
            "lab": OWNER,
        },
        refers_to=frozenset({"vpc"}),
    )

    async def begin(self, look: ObservationReads) -> None:
        await _all_groups(look)

    async def tagged_arns(self, look: ObservationReads) -> list[str]:
        return [item["TargetGroupArn"] for item in await likely_target_groups(look)]

    async def observe(self, look: ObservationReads) -> list[Observed]:
        async def attributes(item: Item) -> dict[str, str]:
            arn = item["TargetGroupArn"]
            answer = await look.read_one("elbv2", "DescribeTargetGroupAttributes", TargetGroupArn=arn)
            values = {a["Key"]: a["Value"] for a in answer["Attributes"]}
            return {field: values.get(key, FRESH[field]) for field, key in ATTRIBUTES.items()}

        likely = await likely_target_groups(look)
        found = await with_tags(look, likely, "TargetGroupArn", attributes)
        observed = (
            (item.get("VpcId", "no VPC"), _parse_group(item, {**values, **own_tags(item)})) for item, values in found
        )
        return list(select_relevant(look, self.kind, observed))

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        parameters = {key: desired.spec[field] for field, key in (CREATED_WITH | HEALTH_CHECK).items()}
        answer = await lab.aws.call("elbv2", "CreateTargetGroup", **parameters, Tags=lab.tags(desired))
        observed = replace(_parse_group(answer["TargetGroups"][0], FRESH), address=desired.address)
        made(observed)
        others = {field: desired.spec[field] for field in FRESH if desired.spec[field] != FRESH[field]}
        await retry_until_visible(lab, lambda: _set_attributes(lab, observed.id, others))
        return observed

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        checks = {key: changes[field].after for field, key in HEALTH_CHECK.items() if field in changes}
        if checks:
            await lab.aws.call("elbv2", "ModifyTargetGroup", TargetGroupArn=observed.id, **checks)
        await _set_attributes(
            lab, observed.id, {field: changes[field].after for field in ATTRIBUTES if field in changes}
        )
        await retag(lab, desired, observed, changes)
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        call = delete_if_exists(lab, "elbv2", "DeleteTargetGroup", TargetGroupArn=observed.id)
        await explain_refusal(lab, observed.id, call, lambda: of_target_group(lab, observed.id))


async def likely_target_groups(look: ObservationReads) -> list[Item]:
    """Return those in the lab's VPCs or with a name of the lab.

    Only their tags are read, because there is no tag filter.
    """
    everywhere, vpcs = await asyncio.gather(_all_groups(look), look.tagged_items(Vpc.operation, Vpc.key))
    names = {desired.spec.get("name") for desired in look.all_desired.values() if desired.kind == TargetGroup.kind}
    # A group may outlive its VPC, so a name derived from the lab's counts as well.
    prefix, ours = f"{look.lab.name[:16]}-", {vpc["VpcId"] for vpc in vpcs}
    return [
        group
        for group in everywhere
        if group.get("VpcId") in ours
        or group["TargetGroupName"] in names
        or group["TargetGroupName"].startswith(prefix)
    ]


async def _all_groups(look: ObservationReads) -> list[Item]:
    return await look.items("elbv2", "DescribeTargetGroups", "TargetGroups")


async def _set_attributes(lab: AwsContext, arn: str, values: Mapping[str, str]) -> None:
    if values:
        attributes = [{"Key": ATTRIBUTES[field], "Value": value} for field, value in values.items()]
        await lab.aws.call("elbv2", "ModifyTargetGroupAttributes", TargetGroupArn=arn, Attributes=attributes)


def _parse_group(item: Item, attributes: Mapping[str, str]) -> Observed:
    spec = {field: item.get(key) for field, key in (SHOWN_AS | HEALTH_CHECK).items()}
    return Observed(
        address=tag(item, ADDRESS_TAG),
        kind=TargetGroup.kind,
        id=item["TargetGroupArn"],
        spec={**spec, **attributes},
        name=tag(item, "Name"),
    )
