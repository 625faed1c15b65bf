"""Security group, with its rules as fields. A second create of the same name in a VPC is refused.

A rule is written as `tcp/80 from 10.0.128.0/20`, `tcp/80-90 from sg-…` or `all to 0.0.0.0/0`. The group of another
account is written as `123456789012/sg-…`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from pltui.engine.errors import NotYetError
from pltui.engine.model import Change, Desired, Field, Observed, Traits
from pltui.resources.base import (
    ADDRESS_TAG,
    LAB_TAG,
    NAMED,
    AwsContext,
    Item,
    ObservationReads,
    TaggedResource,
    delete_if_exists,
    name_field,
    retry_until_visible,
    tag,
)
from pltui.resources.blockers import at_group_name, explain_refusal, of_group
from pltui.resources.service_objects import group_manager, guardduty_objects
from pltui.resources.vpc import Vpc
from pltui.topology import naming

ALL_OUT = "all to 0.0.0.0/0"  # the only rule of a new group (EC2 user guide)
# One port, or two; for ICMP a type and a code, where -1 stands for all (EC2 API reference, IpPermission).
PORTS = re.compile(r"(-?\d+)(?:-(-?\d+))?")
GROUP_PEER = re.compile(r"[ /]sg-")  # in a rule


class SecurityGroup(TaggedResource):
    """Security group with its rules."""

    kind = "security_group"
    operation, key, tag_type = "DescribeSecurityGroups", "SecurityGroups", "security-group"
    repeatable = TaggedResource.repeatable | {"DeleteSecurityGroup"}
    traits = Traits(
        {
            **NAMED,
            "group_name": Field.FIXED,
            "description": Field.FIXED,
            "vpc": Field.FIXED,
            "ingress": Field.MUTABLE,
            "egress": Field.MUTABLE,
        },
        refers_to=frozenset({"security_group", "vpc"}),
        essential=frozenset({"ingress", "egress"}),
    )

    async def observe(self, look: ObservationReads) -> list[Observed]:
        found = await super().observe(look)
        managed = await guardduty_objects(look, self.operation, self.key, group_manager)
        found += [
            replace(_parse_group(item), address=naming.guardduty(vpc, "guardduty-security-group"))
            for item, vpc in managed
        ]
        return found + await self._of_others(look, {observed.address for observed in found})

    async def _of_others(self, look: ObservationReads, known: Collection[str]) -> list[Observed]:
        """Return untagged groups with the names of missing ones, in the lab's VPCs.

        Another lab's groups cannot be adopted.
        """
        missing = [w for w in look.all_desired.values() if w.kind == self.kind and w.address not in known]
        vpcs = {tag(vpc, ADDRESS_TAG): vpc["VpcId"] for vpc in await look.tagged_items(Vpc.operation, Vpc.key)}
        places = {(vpcs.get(w.spec["vpc"].address), w.spec["group_name"].lower()): w for w in missing}
        where = sorted({vpc for vpc, _ in places if vpc})
        if not where:
            return []
        filters = [{"Name": "vpc-id", "Values": where}]
        items = await look.items("ec2", self.operation, self.key, Filters=filters)
        rivals = ((item, places.get((item["VpcId"], item["GroupName"].lower()))) for item in items)
        return [self._parse_foreign(item, desired) for item, desired in rivals if desired and not tag(item, LAB_TAG)]

    def _parse_foreign(self, item: Item, desired: Desired) -> Observed:
        """Return a foreign group. Its `name` field always differs, so that an adoption sets the lab's tags."""
        observed = _parse_group(item)
        tags = f"{observed.name or 'no name'}, without this lab's tags"
        return replace(
            observed, address=desired.address, name=f"{item['GroupName']} in {item['VpcId']}",
            spec={**observed.spec, "name": tags}, foreign=True,
        )  # fmt: skip

    async def parse(self, look: ObservationReads, item: Item) -> Observed | None:
        return _parse_group(item)

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        name, vpc = desired.spec["group_name"], desired.spec["vpc"]
        call = lab.aws.call(
            "ec2",
            "CreateSecurityGroup",
            GroupName=name,
            Description=desired.spec["description"],
            VpcId=vpc,
            TagSpecifications=self.specification(lab, desired),
        )
        answer = await explain_refusal(lab, desired.address, call, lambda: at_group_name(lab, vpc, name))
        observed = Observed(desired.address, self.kind, answer["GroupId"], {}, name=desired.name)
        made(observed)
        await retry_until_visible(
            lab, lambda: _change_rules(lab, observed.id, "Ingress", frozenset(), desired.spec["ingress"])
        )
        await retry_until_visible(
            lab, lambda: _change_rules(lab, observed.id, "Egress", frozenset({ALL_OUT}), desired.spec["egress"])
        )
        return observed

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await self.rename(lab, desired, observed, changes)
        for field in ("ingress", "egress"):
            if field in changes:
                await _change_rules(lab, observed.id, field.capitalize(), changes[field].before, changes[field].after)
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        """Delete the group; if it is blocked, remove its rules for groups so that the next attempt can succeed."""
        try:
            call = delete_if_exists(lab, "ec2", "DeleteSecurityGroup", GroupId=observed.id)
            await explain_refusal(lab, observed.id, call, lambda: of_group(lab, observed.id, observed.spec["vpc"]))
        except NotYetError:
            # Two groups whose rules refer to each other block each other: both remove these rules, and the next attempt
            # succeeds.
            for direction in ("ingress", "egress"):
                naming_groups = frozenset(rule for rule in observed.spec[direction] if GROUP_PEER.search(rule))
                with contextlib.suppress(NotYetError):  # the rules are removed already
                    await _change_rules(lab, observed.id, direction.capitalize(), naming_groups, frozenset())
            raise


def _parse_group(item: Item) -> Observed:
    owner = item.get("OwnerId", "")
    return Observed(
        address=tag(item, ADDRESS_TAG),
        kind=SecurityGroup.kind,
        id=item["GroupId"],
        spec={
            **name_field(item),
            "group_name": item["GroupName"],
            "description": item["Description"],
            "vpc": item["VpcId"],
            "ingress": frozenset(_format_rules(item.get("IpPermissions", []), "from", owner)),
            "egress": frozenset(_format_rules(item.get("IpPermissionsEgress", []), "to", owner)),
        },
        name=tag(item, "Name"),
    )


async def _change_rules(
    lab: AwsContext, group: str, direction: str, was: frozenset[str], desired: frozenset[str]
) -> None:
    """Add missing rules first, then remove extra ones, so that no desired traffic is interrupted."""
    if missing := desired - was:
        await lab.aws.call(
            "ec2", f"AuthorizeSecurityGroup{direction}", GroupId=group, IpPermissions=_ip_permissions(missing)
        )
    if extra := was - desired:
        await lab.aws.call(
            "ec2", f"RevokeSecurityGroup{direction}", GroupId=group, IpPermissions=_ip_permissions(extra)
        )


def _format_rules(permissions: Iterable[Item], way: str, owner: str) -> Iterator[str]:
    for permission in permissions:
        protocol = "all" if permission["IpProtocol"] == "-1" else permission["IpProtocol"]
        low, high = permission.get("FromPort"), permission.get("ToPort")
        ports = "" if protocol == "all" or low is None else f"/{low}" if low == high else f"/{low}-{high}"
        peers = [one["CidrIp"] for one in permission.get("IpRanges", [])]
        peers += [one["CidrIpv6"] for one in permission.get("Ipv6Ranges", [])]
        peers += [_format_group(one, owner) for one in permission.get("UserIdGroupPairs", [])]
        peers += [one["PrefixListId"] for one in permission.get("PrefixListIds", [])]
        yield from (f"{protocol}{ports} {way} {peer}" for peer in peers)


def _format_group(pair: Item, owner: str) -> str:
    account = pair.get("UserId", owner)
    return str(pair["GroupId"]) if account == owner else f"{account}/{pair['GroupId']}"


def _ip_permissions(rules: Iterable[str]) -> list[Item]:
    """Return IpPermissions, with rules of the same protocol and ports together."""
    calls: dict[str, Item] = {}
    for rule in sorted(rules):
        service, _, peer = rule.split(" ")
        protocol, _, ports = service.partition("/")
        call = calls.setdefault(service, {"IpProtocol": "-1" if protocol == "all" else protocol})
        if match := PORTS.fullmatch(ports):
            low, high = match.groups(match[1])
            call |= {"FromPort": int(low), "ToPort": int(high)}
        kind, parameter = _peer_parameter(peer)
        call.setdefault(kind, []).append(parameter)
    return list(calls.values())


def _peer_parameter(peer: str) -> tuple[str, Item]:
    account, _, group = peer.rpartition("/")
    if group.startswith("sg-"):
        # AWS needs the account of another account's group (EC2 API reference, UserIdGroupPair).
        return "UserIdGroupPairs", {"UserId": account, "GroupId": group} if account else {"GroupId": group}
    if peer.startswith("pl-"):
        return "PrefixListIds", {"PrefixListId": peer}
    return ("Ipv6Ranges", {"CidrIpv6": peer}) if ":" in peer else ("IpRanges", {"CidrIp": peer})
