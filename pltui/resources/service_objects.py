"""Objects that AWS services or the organisation place in a lab or attach to it: recognised by name, and left alone.

Sources: GuardDuty user guide, "Runtime Monitoring: VPC endpoint and security group" (service name, group name, tag
GuardDutyManaged), and hashicorp/terraform-provider-aws internal/service/ec2/consts.go for the same patterns; Firewall
Manager developer guide, "Security group policies" (replicated groups are named FMManagedSecurityGroup...).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pltui.i18n import Phrase
from pltui.resources.base import ADDRESS_TAG, Item, ObservationReads, tag

GUARDDUTY = "GuardDuty"
FIREWALL_MANAGER = "Firewall Manager"

# A FIPS endpoint has a suffix of its own.
GUARDDUTY_SERVICES = (".guardduty-data", ".guardduty-data-fips")
GUARDDUTY_TAG = "GuardDutyManaged"
GROUP_PREFIXES = {"GuardDutyManagedSecurityGroup-": GUARDDUTY, "FMManaged": FIREWALL_MANAGER}

# Ways to remove an object that its manager does not remove by itself.
ADVICE = {
    GUARDDUTY: Phrase(
        "GuardDuty placed it there and does not remove it: `pltui destroy --remove-guardduty` removes GuardDuty's"
        " endpoint and group from the lab's VPCs"
    ),
    FIREWALL_MANAGER: Phrase(
        "Firewall Manager placed it there: take the VPC out of its policy, or delete the group, and run it again"
    ),
}


def group_manager(group: Item) -> str:
    """Return the service that keeps a security group, or "". A group as in any EC2 answer: {GroupId, GroupName}."""
    name = str(group.get("GroupName", ""))
    return next((manager for prefix, manager in GROUP_PREFIXES.items() if name.startswith(prefix)), "")


def endpoint_manager(endpoint: Item) -> str:
    """Return the service that keeps an endpoint, or ""."""
    by_tag = any(tag["Key"] == GUARDDUTY_TAG for tag in endpoint.get("Tags", []))
    by_service = str(endpoint.get("ServiceName", "")).endswith(GUARDDUTY_SERVICES)
    return GUARDDUTY if by_tag or by_service else ""


def split_groups(groups: Iterable[Item]) -> tuple[frozenset[str], dict[str, str]]:
    """Return the ids of the groups set by the owner, and id -> service of each that a service attached."""
    managers = {group["GroupId"]: group_manager(group) for group in groups}
    chosen = frozenset(id_ for id_, manager in managers.items() if not manager)
    return chosen, {id_: manager for id_, manager in managers.items() if manager}


async def guardduty_objects(
    look: ObservationReads, operation: str, key: str, manager_of: Callable[[Item], str]
) -> list[tuple[Item, str]]:
    """Return GuardDuty's objects of one type in the lab's VPCs, each with the address of its VPC.

    Empty unless the user requested their removal: otherwise they are not the lab's.
    """
    if not look.lab.removes_guardduty:
        return []
    vpcs = {vpc["VpcId"]: tag(vpc, ADDRESS_TAG) for vpc in await look.tagged_items("DescribeVpcs", "Vpcs")}
    if not vpcs:
        return []
    found = await look.items("ec2", operation, key, Filters=[{"Name": "vpc-id", "Values": sorted(vpcs)}])
    return [(item, vpcs[item["VpcId"]]) for item in found if manager_of(item) == GUARDDUTY]
