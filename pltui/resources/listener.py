"""Listener: deleted with its load balancer. A second one on the same port is refused (`DuplicateListener`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pltui.engine.model import Change, Desired, Field, Observed, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    LAB_TAG,
    AwsContext,
    Item,
    ObservationReads,
    Resource,
    delete_if_exists,
    tag,
)
from pltui.resources.load_balancer import LoadBalancer, likely_load_balancers, with_tags
from pltui.topology import naming


class Listener(Resource):
    """Listener of the load balancer."""

    kind = "listener"
    repeatable = frozenset({"AddTags", "DeleteListener", "ModifyListener"})
    traits = Traits(
        {
            "load_balancer": Field.FIXED,
            "protocol": Field.MUTABLE,
            "port": Field.MUTABLE,
            "target_group": Field.MUTABLE,
        },
        parent_field="load_balancer",
        refers_to=frozenset({"load_balancer", "target_group"}),
    )

    async def observe(self, look: ObservationReads) -> list[Observed]:
        async def listeners(balancer: Item) -> list[Item]:
            arn = balancer["LoadBalancerArn"]
            return await look.items("elbv2", "DescribeListeners", "Listeners", LoadBalancerArn=arn)

        found = await with_tags(look, await likely_load_balancers(look), "LoadBalancerArn", listeners)
        wanted = {w.spec.get("name"): w.address for w in look.all_desired.values() if w.kind == LoadBalancer.kind}
        return [
            replace(_parse_listener(naming.listener(address), one), foreign=not ours)
            for balancer, own in found
            for ours in [tag(balancer, LAB_TAG) == look.lab.name]
            for address in [tag(balancer, ADDRESS_TAG) if ours else wanted.get(balancer["LoadBalancerName"], "")]
            for one in own
            if address
        ]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        answer = await lab.aws.call(
            "elbv2",
            "CreateListener",
            LoadBalancerArn=desired.spec["load_balancer"],
            Tags=lab.tags(desired),
            **_call_parameters(desired.spec),
        )
        return _parse_listener(desired.address, answer["Listeners"][0])

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        spec = {**observed.spec, **{field: change.after for field, change in changes.items()}}
        await lab.aws.call("elbv2", "ModifyListener", ListenerArn=observed.id, **_call_parameters(spec))
        if observed.foreign:
            await lab.aws.call("elbv2", "AddTags", ResourceArns=[observed.id], Tags=lab.tags(desired))
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        await delete_if_exists(lab, "elbv2", "DeleteListener", ListenerArn=observed.id)


def _call_parameters(spec: Mapping[str, Any]) -> Item:
    forward = {"Type": "forward", "TargetGroupArn": spec["target_group"]}
    return {"Protocol": spec["protocol"], "Port": spec["port"], "DefaultActions": [forward]}


def _parse_listener(address: str, item: Item) -> Observed:
    groups = [action.get("TargetGroupArn", "") for action in item["DefaultActions"]]
    return Observed(
        address=address,
        kind=Listener.kind,
        id=item["ListenerArn"],
        spec={
            "load_balancer": item["LoadBalancerArn"],
            "protocol": item.get("Protocol", ""),  # the listener of a gateway load balancer has neither
            "port": item.get("Port", 0),
            "target_group": groups[0] if groups else "",
        },
    )
