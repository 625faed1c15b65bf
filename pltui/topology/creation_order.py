"""The order of creation: free resources that may be rejected come first, the most expensive ones last.

A quota or a missing permission then ends a run while little that is billed exists. It is order alone, not a dependency:
a resource that exists already delays nothing.

A load balancer needs its VPC and subnets anyway, and by then every kind in `FREE_KINDS` has been requested: the longest
chain, from the VPC by the load balancer to the record of its endpoint, is no longer because of this order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from pltui.engine.model import Desired

# Milestones, in the order in which they are reached.
NETWORKS = "VPCs"
FREE = "free resources"
ACCEPTED = "load balancer, servers and instance profiles"  # accepted by AWS, possibly not working yet

# Each has a quota or needs a permission of its own, and none refers to billed resources (the quotas pages of Amazon
# VPC, IAM, Elastic Load Balancing and Route 53).
FREE_KINDS = frozenset(
    {
        "vpc",
        "internet_gateway",
        "security_group",
        "role",
        "target_group",
        "hosted_zone",
    }
)
# Free as well, and one call later: early enough for resources that wait for the load balancer. A profile is accepted
# once it contains its role, which takes iam:PassRole (IAM API reference, AddRoleToInstanceProfile).
PROFILE_KINDS = frozenset({"role_policy", "instance_profile"})
# Created by several calls with permissions of their own. Without the later ones the lab is useless, so the most
# expensive resources are not created before they are accepted, and by then they have been requested.
COMPLETE_KINDS = frozenset({"vpc", "security_group", "instance_profile", "load_balancer"})
BILLED_KINDS = frozenset({"elastic_ip", "nat_gateway", "load_balancer", "endpoint", "instance"})
# An address costs a tenth of its NAT gateway. Requested as late as the gateway, it would make that chain longer.
EARLY_KINDS = frozenset({"elastic_ip"})


def billed_last(desired: Desired, service: Collection[str]) -> Desired:
    """Return `desired` with its place in the order. `service`: addresses of the load balancer and the servers.

    VPCs are tried before everything else: if even they are denied, no resource remains.
    """
    reaches = {
        NETWORKS: desired.kind == "vpc",
        FREE: desired.kind in FREE_KINDS,
        ACCEPTED: desired.address in service or desired.kind in PROFILE_KINDS,
    }
    awaits = {
        NETWORKS: desired.kind != "vpc",
        FREE: desired.kind in BILLED_KINDS,
        ACCEPTED: desired.kind in BILLED_KINDS - EARLY_KINDS and desired.address not in service,
    }
    completes = {FREE: desired.kind == "vpc", ACCEPTED: desired.kind in COMPLETE_KINDS}
    return replace(
        desired, milestones=_chosen_names(reaches), completes=_chosen_names(completes), awaits=_chosen_names(awaits)
    )


def _chosen_names(names: Mapping[str, bool]) -> tuple[str, ...]:
    return tuple(name for name, chosen in names.items() if chosen)
