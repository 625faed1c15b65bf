"""Names of a lab's resources: addresses within the lab, and names that are unique within an account."""

from __future__ import annotations

import hashlib

from pltui.topology.addresses import Address

IAM_PATH = "/pltui/"  # path prefix of every lab's roles and instance profiles


def gateway_attachment(gateway: str) -> str:
    """Return the address of an internet gateway's attachment to a VPC."""
    return f"{gateway}/attachment"


def route(table: str, destination: str) -> str:
    """Return the address of a route; `destination` is a CIDR block."""
    return f"{table}/{destination}"


def route_table_association(subnet: str) -> str:
    """Return the address of a subnet's association with a route table."""
    return f"{subnet}/route-table"


def target(instance: str) -> str:
    """Return the address of an instance's registration with the target group."""
    return f"{instance}/target"


def listener(load_balancer: str) -> str:
    """Return the address of a load balancer's listener."""
    return f"{load_balancer}/listener"


def role_policy(role: str, policy_arn: str) -> str:
    """Return the address of a policy's attachment to a role."""
    return f"{role}/{policy_arn.rpartition('/')[2]}"


def record(zone: str, name: str, type_: str) -> str:
    """Return the address of a DNS record."""
    return f"{zone}/{name}/{type_}"


def zone_comment(lab: str, address: str) -> str:
    """Return the comment of a hosted zone, which identifies it because its creation takes no tags."""
    return f"pltui:lab={lab} pltui:address={address}"


def iam_path(lab: str, region: str) -> str:
    """Return the path of a lab's roles and instance profiles, which identifies them as the lab's.

    It includes the region because IAM has none: a lab of the same name in another region has its own.
    """
    return f"{IAM_PATH}{region}/{lab}/"


GUARDDUTY_PARTS = ("guardduty-endpoint", "guardduty-security-group")


def guardduty(vpc: str, part: str) -> str:
    """Return the address of a part that GuardDuty placed in a VPC, used once its removal is requested."""
    assert part in GUARDDUTY_PARTS
    return f"{vpc}/{part}"


def is_guardduty(address: str) -> bool:
    """Return True for an address from `guardduty`."""
    return any(part in GUARDDUTY_PARTS for part in Address.parse(address).parts)


def region_of_iam_path(path: str, lab: str) -> str:
    """Return the region of a lab's IAM path, or "" if the path belongs to another lab."""
    parts = path.strip("/").split("/")
    return parts[1] if len(parts) == 3 and f"/{parts[0]}/" == IAM_PATH and parts[2] == lab else ""


def unique(lab: str, part: str, limit: int) -> str:
    """Return a name for `part` of `lab` of at most `limit` characters.

    The digest distinguishes names that would be equal when joined: part "b-c" of lab "a", and part "c" of lab "a-b".
    """
    digest = hashlib.sha256(f"{lab}\0{part}".encode()).hexdigest()[:8]
    return f"{f'{lab}-{part}'[: limit - 9].rstrip('-')}-{digest}"
