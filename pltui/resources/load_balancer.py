"""Network Load Balancer with its cross-zone attribute. Its name is unique in an account and region."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pltui.aws.pricing import Product
from pltui.engine.model import Change, Desired, Field, Observed, State, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    LAB_TAG,
    AwsContext,
    Item,
    ObservationReads,
    Resource,
    delete_if_exists,
    moment,
    retry_until_visible,
    tag,
    with_reason,
)
from pltui.resources.blockers import explain_refusal, of_balancer
from pltui.resources.vpc import Vpc

T = TypeVar("T")

# ELBv2 API reference, ModifyLoadBalancerAttributes.
ATTRIBUTES = {"cross_zone": "load_balancing.cross_zone.enabled", "deletion_protection": "deletion_protection.enabled"}
TAGGED_AT_ONCE = 20  # maximum ARNs of a DescribeTags call (ELBv2 API reference)
OWNER = Field.GROWS  # an untagged one can be adopted; another lab's cannot
# ELBv2 API reference, LoadBalancerState. An impaired one forwards traffic.
STATES = {
    "provisioning": State.PENDING,
    "active": State.READY,
    "active_impaired": State.READY,
    "failed": State.FAILED,
}


class LoadBalancer(Resource):
    """Network load balancer."""

    kind = "load_balancer"
    repeatable = frozenset({"AddTags", "DeleteLoadBalancer", "ModifyLoadBalancerAttributes", "SetSubnets"})
    products = (
        Product(
            "load_balancer", "AWSELB", "LoadBalancerUsage", {"operation": "LoadBalancing:Network"}, whole_hours=True
        ),
    )
    traits = Traits(
        {
            "name": Field.FIXED,
            "scheme": Field.FIXED,
            "type": Field.FIXED,
            # A zone cannot be removed while an endpoint is attached, as here (ELBv2 user guide, availability zones).
            "subnets": Field.GROWS,
            "cross_zone": Field.MUTABLE,
            "deletion_protection": Field.MUTABLE,
            "name_tag": Field.MUTABLE,
            "lab": OWNER,
        },
        eventually_ready=True,
        refers_to=frozenset({"security_group", "subnet"}),
        essential=frozenset({"cross_zone"}),
    )

    async def begin(self, look: ObservationReads) -> None:
        await _all_balancers(look)

    async def tagged_arns(self, look: ObservationReads) -> list[str]:
        return [item["LoadBalancerArn"] for item in await likely_load_balancers(look)]

    async def observe(self, look: ObservationReads) -> list[Observed]:
        async def flags(item: Item) -> dict[str, bool]:
            arn = item["LoadBalancerArn"]
            answer = await look.read_one("elbv2", "DescribeLoadBalancerAttributes", LoadBalancerArn=arn)
            values = {a["Key"]: a["Value"] for a in answer["Attributes"]}
            return {field: values.get(key) == "true" for field, key in ATTRIBUTES.items()}

        likely = await likely_load_balancers(look)
        found = await with_tags(look, likely, "LoadBalancerArn", flags)
        observed = (
            (item.get("VpcId", "no VPC"), _parse_load_balancer(item, {**values, **own_tags(item)}))
            for item, values in found
        )
        return list(select_relevant(look, self.kind, observed))

    async def poll(self, lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
        arns = [item.id for item in items]
        found = await lab.aws.pages("elbv2", "DescribeLoadBalancers", "LoadBalancers", LoadBalancerArns=arns)
        return [_parse_load_balancer(item, {}) for item in found]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        answer = await lab.aws.call(
            "elbv2",
            "CreateLoadBalancer",
            Name=desired.spec["name"],
            Type=desired.spec["type"],
            Scheme=desired.spec["scheme"],
            Subnets=sorted(desired.spec["subnets"]),
            Tags=lab.tags(desired),
        )
        observed = replace(_parse_load_balancer(answer["LoadBalancers"][0], {}), address=desired.address)
        made(observed)
        if on := {field: True for field in ATTRIBUTES if desired.spec[field]}:  # both are initially off
            await retry_until_visible(lab, lambda: _set_attributes(lab, observed.id, on))
        return observed

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        flags = {field: changes[field].after for field in ATTRIBUTES if field in changes}
        if flags:
            await _set_attributes(lab, observed.id, flags)
        if "subnets" in changes:
            subnets = sorted(changes["subnets"].after)
            await lab.aws.call("elbv2", "SetSubnets", LoadBalancerArn=observed.id, Subnets=subnets)
        await retag(lab, desired, observed, changes)
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        """Delete the load balancer; remove its deletion protection first."""
        if observed.spec.get("deletion_protection"):
            await _set_attributes(lab, observed.id, {"deletion_protection": False})
        call = delete_if_exists(lab, "elbv2", "DeleteLoadBalancer", LoadBalancerArn=observed.id)
        await explain_refusal(lab, observed.id, call, lambda: of_balancer(lab, observed.id))


async def likely_load_balancers(look: ObservationReads) -> list[Item]:
    """Return those in the lab's VPCs or with a desired name: only their tags are read, as there is no tag filter."""
    everywhere, vpcs = await asyncio.gather(_all_balancers(look), look.tagged_items(Vpc.operation, Vpc.key))
    names = {desired.spec.get("name") for desired in look.all_desired.values() if desired.kind == LoadBalancer.kind}
    ours = {vpc["VpcId"] for vpc in vpcs}
    return [lb for lb in everywhere if lb.get("VpcId") in ours or lb["LoadBalancerName"] in names]


async def _all_balancers(look: ObservationReads) -> list[Item]:
    return await look.items("elbv2", "DescribeLoadBalancers", "LoadBalancers")


async def with_tags(
    look: ObservationReads, likely: Sequence[Item], arn: str, read: Callable[[Item], Awaitable[T]]
) -> list[tuple[Item, T]]:
    """Return the `likely` items with their Tags, each with the result of `read`.

    `read` runs concurrently with the reading of tags, because hardly any likely item is foreign.
    """

    async def tags() -> list[Item]:
        # A call takes load balancers and target groups together, so one observation reads all tags at once.
        arns = list(dict.fromkeys([*(item[arn] for item in likely), *await look.tagged_arns()]))
        starts = range(0, len(arns), TAGGED_AT_ONCE)
        batches = (sorted(arns)[start : start + TAGGED_AT_ONCE] for start in starts)
        found = (look.items("elbv2", "DescribeTags", "TagDescriptions", ResourceArns=batch) for batch in batches)
        return [one for answer in await asyncio.gather(*found) for one in answer]

    tagged, answers = await asyncio.gather(tags(), asyncio.gather(*map(read, likely)))
    by_arn: dict[str, list[Any]] = {one["ResourceArn"]: one["Tags"] for one in tagged}
    return list(zip(({**item, "Tags": by_arn.get(item[arn], [])} for item in likely), answers, strict=True))


def own_tags(item: Item) -> dict[str, str]:
    """Return tags as fields: `name` is immutable here, so the Name tag is a field of its own."""
    return {"name_tag": tag(item, "Name"), "lab": tag(item, LAB_TAG)}


def select_relevant(look: ObservationReads, kind: str, found: Iterable[tuple[str, Observed]]) -> Iterator[Observed]:
    """Yield the lab's resources, and foreign ones with a desired name, marked as foreign and at its address.

    `found`: each with the VPC it is in, which is shown for foreign ones.
    """
    addresses = {
        desired.spec.get("name"): desired.address for desired in look.all_desired.values() if desired.kind == kind
    }
    for vpc, item in found:
        if item.spec["lab"] == look.lab.name:
            yield item
        elif address := addresses.get(item.spec["name"]):
            yield replace(item, address=address, name=f"{item.spec['name']} in {vpc}", foreign=True)


async def retag(lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]) -> None:
    """Set its Name tag; all of the lab's tags if it is adopted."""
    if "lab" in changes:
        await lab.aws.call("elbv2", "AddTags", ResourceArns=[observed.id], Tags=lab.tags(desired))
    elif "name_tag" in changes:
        tags = [{"Key": "Name", "Value": changes["name_tag"].after}]
        await lab.aws.call("elbv2", "AddTags", ResourceArns=[observed.id], Tags=tags)


async def _set_attributes(lab: AwsContext, arn: str, flags: Mapping[str, bool]) -> None:
    attributes = [{"Key": ATTRIBUTES[field], "Value": "true" if on else "false"} for field, on in flags.items()]
    await lab.aws.call("elbv2", "ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=attributes)


def _parse_load_balancer(item: Item, more: Mapping[str, bool | str]) -> Observed:
    return Observed(
        address=tag(item, ADDRESS_TAG),
        kind=LoadBalancer.kind,
        id=item["LoadBalancerArn"],
        spec={
            "name": item["LoadBalancerName"],
            "scheme": item.get("Scheme", ""),
            "type": item["Type"],
            "subnets": frozenset(zone["SubnetId"] for zone in item["AvailabilityZones"]),
            **more,
        },
        state=STATES.get(item["State"]["Code"], State.PENDING),
        status=with_reason(item["State"]["Code"], item["State"].get("Reason", "")),
        name=item["LoadBalancerName"],
        created=moment(item.get("CreatedTime")),
    )
