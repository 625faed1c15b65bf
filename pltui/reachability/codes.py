"""Verdicts on a packet, and codes of the causes that block it.

Codes without a prefix are those of AWS's Reachability Analyzer, with its spelling and meaning (Reachability Analyzer
guide, "Explanation codes"). It examines configuration only, not names, acceptance or health: causes for which it has no
code start with `PL_`.
"""

from __future__ import annotations

import enum

from pltui.i18n import Phrase


class Verdict(enum.StrEnum):
    """The result of a path, as the client sees it."""

    OPEN = "open"
    REFUSED = "refused"  # answered with a reset
    DROPPED = "dropped"  # not answered at all: the caller waits for its own timeout
    NO_ROUTE = "no route"  # outside what is modelled
    UNRESOLVED = "unresolved"  # the name has no address here
    LEFT_OUT = "left out"  # no new connection is sent this way


class Code(enum.StrEnum):
    """The cause of a block; `explanation` is its meaning in one sentence."""

    explanation: Phrase

    def __new__(cls, value: str, explanation: str) -> Code:
        member = str.__new__(cls, value)
        member._value_ = value
        member.explanation = Phrase(explanation)
        return member

    # AWS's own.
    BAD_STATE = "BAD_STATE", "The component is not in a working state."
    BAD_STATE_ROUTE = "BAD_STATE_ROUTE", "The target of the route no longer exists (black hole)."
    ELB_INSTALLED_AZ_RESTRICTION = (
        "ELB_INSTALLED_AZ_RESTRICTION",
        "A load balancer sends only to targets in the zones that are enabled for it.",
    )
    ELB_NOT_CROSSZONE = (
        "ELB_NOT_CROSSZONE",
        "With cross-zone load balancing off, a node sends only to targets in its own zone.",
    )
    ELBV2_LISTENER_HAS_NO_TG = "ELBV2_LISTENER_HAS_NO_TG", "The listener has no target group with targets."
    ELBV2_LISTENERS_MISMATCH = "ELBV2_LISTENERS_MISMATCH", "No listener of the load balancer has this port."
    ELBV2_NO_TARGETS_IN_AZ = "ELBV2_NO_TARGETS_IN_AZ", "The node has no target in the zones it may send to."
    ENI_SG_RULES_MISMATCH = "ENI_SG_RULES_MISMATCH", "No rule of the interface's security groups admits the packet."
    NO_ROUTE_TO_DESTINATION = "NO_ROUTE_TO_DESTINATION", "The subnet's route table has no route to this address."
    PCX_REQUIRES_ADDRESS_IN_VPC_CIDR = (
        "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR",
        "A peering connection carries only packets to addresses of the VPC at its other end.",
    )
    SUBNET_ACL_RESTRICTION = (
        "SUBNET_ACL_RESTRICTION",
        "The subnet's network ACL does not admit the packet or its answer.",
    )
    VPCE_SERVICE_NOT_INSTALLED_IN_AZ = (
        "VPCE_SERVICE_NOT_INSTALLED_IN_AZ",
        "The endpoint service has no node in the endpoint interface's zone, and an interface reaches no other zone.",
    )

    # Names.
    PL_DNS_FAILOVER = "PL_DNS_FAILOVER", "DNS omits this zone, because it has too few healthy targets."
    PL_DNS_HOSTNAMES_OFF = (
        "PL_DNS_HOSTNAMES_OFF",
        "Private hosted zones need the VPC's DNS hostnames, which are off.",
    )
    PL_DNS_SUPPORT_OFF = "PL_DNS_SUPPORT_OFF", "The VPC's DNS support is off: its resolver does not answer."
    PL_NAME_NO_ADDRESS = "PL_NAME_NO_ADDRESS", "The name exists, but has no IPv4 address."
    PL_NAME_UNRESOLVED = "PL_NAME_UNRESOLVED", "The name does not exist: the answer is NXDOMAIN."
    PL_ZONE_NOT_ASSOCIATED = (
        "PL_ZONE_NOT_ASSOCIATED",
        "A private hosted zone has the name, but is not associated with this VPC.",
    )

    # Addresses.
    PL_NO_SUCH_ADDRESS = "PL_NO_SUCH_ADDRESS", "Nothing in the VPC has this address."
    PL_OUTSIDE_MODEL = "PL_OUTSIDE_MODEL", "The destination, such as the internet, is outside the model."

    PL_PREFIX_LIST_UNREAD = (
        "PL_PREFIX_LIST_UNREAD",
        "A rule admits the addresses of a prefix list whose entries could not be read.",
    )

    # PrivateLink.
    PL_CONNECTION_DELETING = "PL_CONNECTION_DELETING", "The endpoint is being deleted."
    PL_CONNECTION_EXPIRED = "PL_CONNECTION_EXPIRED", "The endpoint's connection was not accepted in time."
    PL_CONNECTION_FAILED = "PL_CONNECTION_FAILED", "The endpoint could not be created."
    PL_CONNECTION_PENDING = "PL_CONNECTION_PENDING", "The endpoint is still being created."
    PL_CONNECTION_PENDING_ACCEPTANCE = (
        "PL_CONNECTION_PENDING_ACCEPTANCE",
        "The service's owner has not accepted the endpoint's connection yet.",
    )
    PL_CONNECTION_REJECTED = "PL_CONNECTION_REJECTED", "The service's owner has rejected the endpoint's connection."
    PL_NLB_SG_ON_PRIVATELINK = (
        "PL_NLB_SG_ON_PRIVATELINK",
        "The load balancer's security groups are enforced on PrivateLink, and do not admit the client's own address.",
    )
    PL_PRINCIPAL_NOT_ALLOWED = (
        "PL_PRINCIPAL_NOT_ALLOWED",
        "The service's permissions do not include this account, so the service does not exist for it.",
    )
    PL_SERVICE_GONE = "PL_SERVICE_GONE", "The endpoint's service no longer exists, or is not available."

    # VPC Lattice resources.
    PL_RESOURCE_GONE = "PL_RESOURCE_GONE", "The resource configuration or its gateway is missing, or not active."
    PL_RESOURCE_PORT = "PL_RESOURCE_PORT", "The resource configuration does not include this port."

    # Targets and machines.
    PL_FAIL_OPEN = "PL_FAIL_OPEN", "Too few targets are healthy, so the node also sends to unhealthy ones."
    PL_HAIRPIN = (
        "PL_HAIRPIN",
        "With client IP preservation a target cannot reach itself through its own load balancer.",
    )
    PL_PORT_CLOSED = "PL_PORT_CLOSED", "Nothing on the machine listens on this port."
    PL_TARGET_DRAINING = "PL_TARGET_DRAINING", "The target is being deregistered, and gets no new connections."
    PL_TARGET_UNHEALTHY = "PL_TARGET_UNHEALTHY", "The target is unhealthy, and others are healthy."

    # Injected faults.
    PL_FAULT_SERVER = "PL_FAULT_SERVER", "Injected fault: the machine's server is down."
    PL_FAULT_SUBNET = "PL_FAULT_SUBNET", "Injected fault: the subnet drops all packets."
    PL_FAULT_ZONE = "PL_FAULT_ZONE", "Injected fault: the zone is down."


CONNECTION_STATES = {
    "pendingacceptance": Code.PL_CONNECTION_PENDING_ACCEPTANCE,
    "pending": Code.PL_CONNECTION_PENDING,
    "rejected": Code.PL_CONNECTION_REJECTED,
    "deleting": Code.PL_CONNECTION_DELETING,
    "deleted": Code.PL_CONNECTION_DELETING,
    "failed": Code.PL_CONNECTION_FAILED,
    "expired": Code.PL_CONNECTION_EXPIRED,
}
