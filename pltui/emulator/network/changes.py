"""Topics to read again: those that a call may have changed, and those that change by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import botocore.session
from botocore.exceptions import UnknownRegionError

from pltui.reachability.parse import ApiResponses
from pltui.reachability.parse_network import Raw, parse_each
from pltui.reachability.reading import GLOBAL_TOPICS, NEW_VPCS, REGIONAL_TOPICS

# The one region that Route 53, a global service, is read from. Each further partition has one of its own.
GLOBAL = "global"
FIRST_PARTITION = "aws"


class Location(NamedTuple):
    """The scope of one reader: an account's view of a region."""

    account: str  # "": the account of the sandbox's default keys
    region: str  # or GLOBAL, or "global aws-cn"

    @property
    def is_global(self) -> bool:
        """True for the account's global services instead of a region."""
        return self.region.startswith(GLOBAL)

    @property
    def topics(self) -> frozenset[str]:
        """The topics that exist at this location."""
        return GLOBAL_TOPICS if self.is_global else REGIONAL_TOPICS

    def of_global_services(self) -> Location:
        """The location of the account's global services in this region's partition."""
        if self.is_global:
            return self
        partition = _partition(self.region)
        return self._replace(region=GLOBAL if partition == FIRST_PARTITION else f"{GLOBAL} {partition}")

    def asked_region(self) -> str:
        """The region that calls are signed for."""
        if not self.is_global:
            return self.region
        partition = self.region.removeprefix(GLOBAL).strip()
        return _session().get_available_regions("ec2", partition)[0] if partition else "us-east-1"


@cache
def _session() -> Any:
    return botocore.session.get_session()


@cache
def _partition(region: str) -> str:
    """The partition of a region; the first one for an unknown region."""
    try:
        return str(_session().get_partition_for_region(region))
    except UnknownRegionError:
        return FIRST_PARTITION


# Topics that a call may change in the view of other accounts too: both sides of a connection have them, and hosted
# zones may be associated with VPCs of several accounts.
SHARED_TOPICS = frozenset({"endpoints", "connections", "associations", "peerings", "zones"})

_READS = re.compile("Describe|Get|List|Search|Test|Wait")

_LOAD_BALANCER = ("load_balancers", "balancer_attributes", "listeners", "listener_attributes", "interfaces")
_TARGET_GROUP = ("target_groups", "group_attributes", "targets")
_ENDPOINT = ("endpoints", "connections", "associations", "interfaces", "route_tables")
_VPC = (NEW_VPCS, "security_groups", "network_acls", "route_tables")
# Routes to a deleted target become blackholes (VPC user guide, route tables).
_TOPICS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ec2": (
        (r"^(Create|Delete)Vpc$", _VPC),
        (r"VpcAttribute$", ("vpcs",)),
        (r"VpcCidrBlock$", ("vpcs", "route_tables")),
        (r"DefaultVpc$", (*_VPC, "subnets", "internet_gateways")),
        (r"(Create|Delete|Default)Subnet$|SubnetCidrBlock$", ("subnets", "network_acls", "route_tables")),
        (r"SubnetAttribute$", ("subnets",)),
        (r"VpcEndpoints?$", _ENDPOINT),
        (r"VpcEndpointConnections$", ("endpoints", "connections", "interfaces")),
        (r"VpcEndpointService(Configurations?|PrivateDnsVerification)$", ("services", "permissions")),
        (r"VpcEndpointServiceConfigurations$", ("endpoints", "connections")),
        (r"VpcEndpointServicePermissions$", ("permissions",)),
        (r"VpcPeeringConnection", ("peerings", "route_tables")),
        (
            r"^(Create|Delete|Replace)Route$|^[A-Z][a-z]+RouteTable(Association)?$|VgwRoute",
            ("route_tables", "prefix_lists"),
        ),
        (r"NetworkAcl", ("network_acls",)),
        (r"[ht]InternetGateway$", ("internet_gateways", "route_tables")),
        (r"^(Create|Delete)InternetGateway$", ("internet_gateways", "route_tables")),
        (r"NatGateway", ("nat_gateways", "interfaces", "route_tables")),
        (r"Instances$", ("instances",)),
        (r"^TerminateInstances$", ("route_tables",)),
        (r"InstanceAttribute$", ("instances", "user_data")),
        (r"SecurityGroup", ("security_groups", "prefix_lists")),
        (r"ManagedPrefixList", ("prefix_lists",)),
        (r"NetworkInterface|PrivateIpAddresses$|Ipv6Addresses$", ("interfaces", "instances", "route_tables")),
        (r"Tags$", ("instances", "subnets")),
    ),
    "elasticloadbalancing": (
        (r"LoadBalancerAttributes$", ("balancer_attributes",)),
        (r"TargetGroupAttributes$", ("group_attributes",)),
        (r"ListenerAttributes$", ("listener_attributes",)),
        (r"(LoadBalancer|Subnets|SecurityGroups|IpAddressType)$", _LOAD_BALANCER),
        (r"Listener$|Rule", ("listeners", "listener_attributes")),
        (r"TargetGroup$", _TARGET_GROUP),
        (r"Targets$", ("targets",)),
    ),
    "vpc-lattice": (
        (r"ResourceGateway$", ("resource_gateways", "resource_configurations", "interfaces")),
        (r"ResourceConfiguration$", ("resource_configurations", "associations")),
        (r"ResourceEndpointAssociation$", ("associations",)),
    ),
    "ram": ((r"ResourceShare", ("associations",)),),
    "route53": ((r".", ("zones",)),),
}
_TOPICS["elbv2"] = _TOPICS["elasticloadbalancing"]


def topics(service: str, action: str) -> frozenset[str]:
    """The topics that a call may have changed; none for most calls."""
    if _READS.match(action):
        return frozenset()
    rules = _TOPICS.get(service, ())
    return frozenset(topic for pattern, names in rules if re.search(pattern, action) for topic in names)


_LATTICE = frozenset({"create_in_progress", "update_in_progress", "delete_in_progress"})
# By topic: the state of an item, the states that end without a call, and the topics that change along with it.
_TRANSIENT: Mapping[str, tuple[Callable[[Raw], str], frozenset[str], tuple[str, ...]]] = {
    "instances": (lambda e: e["State"]["Name"], frozenset({"pending", "stopping", "shutting-down"}), ()),
    "endpoints": (
        lambda e: e.get("State", ""),
        frozenset({"pending", "deleting"}),
        ("interfaces", "associations"),
    ),
    "connections": (lambda e: e.get("VpcEndpointState", ""), frozenset({"pending", "deleting"}), ()),
    "services": (lambda e: e.get("ServiceState", ""), frozenset({"pending", "deleting"}), ()),
    "load_balancers": (lambda e: e["State"]["Code"], frozenset({"provisioning"}), ("interfaces",)),
    "nat_gateways": (
        lambda e: e.get("State", ""),
        frozenset({"pending", "deleting"}),
        ("interfaces", "route_tables"),
    ),
    "peerings": (
        lambda e: e.get("Status", {}).get("Code", ""),
        frozenset({"initiating-request", "provisioning", "deleting"}),
        ("route_tables",),
    ),
    "resource_gateways": (lambda e: e.get("status", ""), _LATTICE, ("interfaces",)),
    "resource_configurations": (lambda e: e.get("status", ""), _LATTICE, ("associations",)),
}


def changing_topics(answers: ApiResponses) -> frozenset[str]:
    """The topics with a state that will end by itself."""
    found: set[str] = set()
    for topic, (state, passing, along) in _TRANSIENT.items():
        # Compared in lower case, because AWS spells some of them in two ways.
        if any(word.lower() in passing for word in parse_each(state, getattr(answers, topic))):
            found |= {topic, *along}
    targets = (each for group in answers.targets.values() for each in group)
    if "draining" in parse_each(lambda each: each["TargetHealth"]["State"], targets):
        found.add("targets")
    return frozenset(found)
