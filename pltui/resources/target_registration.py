"""A server's registration with a target group: part of the group. Registering it twice has no further effect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pltui.engine.model import Change, Desired, Field, Observed, State, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    LAB_TAG,
    AwsContext,
    Item,
    ObservationReads,
    Resource,
    delete_if_exists,
    tag,
    with_reason,
)
from pltui.resources.instance import Instance
from pltui.resources.load_balancer import with_tags
from pltui.resources.target_group import TargetGroup, likely_target_groups
from pltui.topology import naming


class TargetRegistration(Resource):
    """Registration of a server with the target group."""

    kind = "target_registration"
    repeatable = frozenset({"DeregisterTargets", "RegisterTargets"})
    traits = Traits(
        # A terminated instance leaves its group by itself, so it need not be deregistered first.
        {"group": Field.FIXED, "instance": Field.REPOINTABLE, "port": Field.FIXED},
        parent_field="group",
        eventually_ready=True,
        refers_to=frozenset({"instance", "target_group"}),
    )

    async def observe(self, look: ObservationReads) -> list[Observed]:
        async def health(group: Item) -> list[Item]:
            answer = await look.read_one("elbv2", "DescribeTargetHealth", TargetGroupArn=group["TargetGroupArn"])
            return [one for one in answer["TargetHealthDescriptions"] if one["TargetHealth"]["State"] != "draining"]

        instances = await look.tagged_items(Instance.operation, Instance.key)
        addresses = {instance["InstanceId"]: tag(instance, ADDRESS_TAG) for instance in instances}
        found = await with_tags(look, await likely_target_groups(look), "TargetGroupArn", health)
        wanted = {desired.spec.get("name") for desired in look.all_desired.values() if desired.kind == TargetGroup.kind}
        return [
            replace(
                _parse_registration(address, group["TargetGroupArn"], one, look.all_desired.get(address)),
                foreign=not ours,
            )
            for group, targets in found
            for ours in [tag(group, LAB_TAG) == look.lab.name]
            if ours or group["TargetGroupName"] in wanted
            for one in targets
            for address in [naming.target(addresses.get(one["Target"]["Id"], one["Target"]["Id"]))]
        ]

    async def poll(self, lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
        by_group: dict[str, list[Observed]] = {}
        for item in items:
            by_group.setdefault(item.spec["group"], []).append(item)

        async def of(group: str, items: Sequence[Observed]) -> list[Observed]:
            answer = await lab.aws.call("elbv2", "DescribeTargetHealth", TargetGroupArn=group)
            health = {
                (one["Target"]["Id"], one["Target"].get("Port", 0)): one for one in answer["TargetHealthDescriptions"]
            }
            found = ((item, health.get((item.spec["instance"], item.spec["port"]))) for item in items)
            return [
                _parse_registration(item.address, group, one, None, served=item.spec["served"])
                for item, one in found
                if one
            ]

        return [observed for group in await asyncio.gather(*(of(*g) for g in by_group.items())) for observed in group]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        return await self._register(lab, desired.address, desired.spec)

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await self.delete(lab, observed)
        spec = {**observed.spec, "instance": changes["instance"].after}
        return await self._register(lab, observed.address, spec)

    async def _register(self, lab: AwsContext, address: str, spec: Mapping[str, Any]) -> Observed:
        await lab.aws.call("elbv2", "RegisterTargets", TargetGroupArn=spec["group"], Targets=_target_parameter(spec))
        identity = _registration_id(spec["group"], spec["instance"], spec["port"])
        return Observed(address, self.kind, identity, dict(spec), state=State.PENDING, status="initial")

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        group, targets = observed.spec["group"], _target_parameter(observed.spec)
        await delete_if_exists(lab, "elbv2", "DeregisterTargets", TargetGroupArn=group, Targets=targets)


def _registration_id(group: str, instance: str, port: int) -> str:
    return f"{group.rpartition('/')[2]}/{instance}:{port}"


def _target_parameter(spec: Mapping[str, object]) -> list[Item]:
    return [{"Id": spec["instance"], **({"Port": spec["port"]} if spec["port"] else {})}]


def _parse_registration(
    address: str, group: str, item: Item, desired: Desired | None, *, served: bool = True
) -> Observed:
    """Return a registration. `served`: its zone is enabled for its load balancer.

    In other zones a target stays unused, as expected (ELBv2 API reference, TargetHealth: `Target.NotInUse`).
    """
    served = bool(desired.spec["served"]) if desired else served
    health, target = item["TargetHealth"], item["Target"]
    port = target.get("Port", 0)  # absent for a Lambda function
    working = health["State"] == "healthy" if served else health["State"] in ("healthy", "unused")
    reason = health.get("Reason", "")
    return Observed(
        address=address,
        kind=TargetRegistration.kind,
        id=_registration_id(group, target["Id"], port),
        spec={"group": group, "instance": target["Id"], "port": port, "served": served},
        state=State.READY if working else State.PENDING,
        status=with_reason(health["State"], reason),
    )
