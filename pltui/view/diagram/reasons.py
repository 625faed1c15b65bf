"""Reasons why a link has no requests, short enough to fit on it. The full sentence is the hop's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pltui.reachability.codes import Code
from pltui.text import clean

if TYPE_CHECKING:
    from pltui.reachability.hops import Hop

LONGEST = 20  # cells

SHORT: dict[Code, str] = {
    Code.BAD_STATE: "not working",
    Code.BAD_STATE_ROUTE: "dead route",
    Code.ELB_INSTALLED_AZ_RESTRICTION: "no node in this zone",
    Code.ELB_NOT_CROSSZONE: "cross-zone off",
    Code.ELBV2_LISTENER_HAS_NO_TG: "no targets",
    Code.ELBV2_LISTENERS_MISMATCH: "no listener",
    Code.ELBV2_NO_TARGETS_IN_AZ: "no target in zone",
    Code.ENI_SG_RULES_MISMATCH: "security group",
    Code.NO_ROUTE_TO_DESTINATION: "no route",
    Code.PCX_REQUIRES_ADDRESS_IN_VPC_CIDR: "not over peering",
    Code.SUBNET_ACL_RESTRICTION: "network ACL",
    Code.VPCE_SERVICE_NOT_INSTALLED_IN_AZ: "no node in this zone",
    Code.PL_DNS_FAILOVER: "left out by DNS",
    Code.PL_DNS_HOSTNAMES_OFF: "DNS hostnames off",
    Code.PL_DNS_SUPPORT_OFF: "DNS support off",
    Code.PL_NAME_NO_ADDRESS: "name has no address",
    Code.PL_NAME_UNRESOLVED: "name not found",
    Code.PL_ZONE_NOT_ASSOCIATED: "zone not associated",
    Code.PL_NO_SUCH_ADDRESS: "no such address",
    Code.PL_OUTSIDE_MODEL: "not modelled",
    Code.PL_PREFIX_LIST_UNREAD: "prefix list unread",
    Code.PL_CONNECTION_DELETING: "endpoint deleting",
    Code.PL_CONNECTION_EXPIRED: "never accepted",
    Code.PL_CONNECTION_FAILED: "endpoint failed",
    Code.PL_CONNECTION_PENDING: "endpoint pending",
    Code.PL_CONNECTION_PENDING_ACCEPTANCE: "not accepted yet",
    Code.PL_CONNECTION_REJECTED: "rejected",
    Code.PL_NLB_SG_ON_PRIVATELINK: "NLB security group",
    Code.PL_PRINCIPAL_NOT_ALLOWED: "not permitted",
    Code.PL_SERVICE_GONE: "no service",
    Code.PL_RESOURCE_GONE: "no resource",
    Code.PL_RESOURCE_PORT: "port not shared",
    Code.PL_FAIL_OPEN: "fail-open",
    Code.PL_HAIRPIN: "hairpin",
    Code.PL_PORT_CLOSED: "port closed",
    Code.PL_TARGET_DRAINING: "draining",
    Code.PL_TARGET_UNHEALTHY: "target unhealthy",
    Code.PL_FAULT_SERVER: "fault: server",
    Code.PL_FAULT_SUBNET: "fault: subnet",
    Code.PL_FAULT_ZONE: "fault: zone",
}
# Reasons used without paths, derived from the resources' states.
UNHEALTHY = SHORT[Code.PL_TARGET_UNHEALTHY]
NOT_CROSS_ZONE = SHORT[Code.ELB_NOT_CROSSZONE]
# Reasons why a link that is not closed has no requests.
NO_ENDPOINT = "no endpoint here"
NO_SUBNET = "no subnet here"
NOT_REACHED = "not reached"


def short_reason(hop: Hop) -> str:
    """Return the reason in English, to be translated for display. A resource's own state is AWS's word."""
    if hop.code is Code.BAD_STATE and hop.rule:
        return clean(hop.rule, LONGEST)
    return SHORT[hop.code] if hop.code else ""
