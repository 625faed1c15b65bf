"""How a lab's resources are called: addresses within the lab, and names that are unique within an account."""

from __future__ import annotations

import hashlib


def attachment(gateway: str) -> str:
    """Address of the place an internet gateway has on a VPC."""
    return f"{gateway}/attachment"


def route(table: str, destination: str) -> str:
    return f"{table}/{destination}"


def association(subnet: str) -> str:
    """Address of a subnet's choice of route table."""
    return f"{subnet}/route-table"


def target(instance: str) -> str:
    """Address of an instance's registration with the target group."""
    return f"{instance}/target"


def listener(load_balancer: str) -> str:
    return f"{load_balancer}/listener"


def role_policy(role: str, policy_arn: str) -> str:
    return f"{role}/{policy_arn.rpartition('/')[2]}"


def record(zone: str, name: str, type_: str) -> str:
    return f"{zone}/{name}/{type_}"


def zone_comment(lab: str, address: str) -> str:
    """What stands in a hosted zone's comment, as its create takes no tags."""
    return f"pltui:lab={lab} pltui:address={address}"


def iam_path(lab: str, region: str) -> str:
    """The path under which a lab's roles and instance profiles live: that is how they are told from others'.

    With the region, as IAM has none: a lab of the same name elsewhere has its own.
    """
    return f"/pltui/{region}/{lab}/"


def unique(lab: str, part: str, limit: int) -> str:
    """A name for `part` of `lab` of at most `limit` characters.

    The digest keeps apart what joining alone would not: part "b-c" of lab "a", and part "c" of lab "a-b".
    """
    digest = hashlib.sha256(f"{lab}\0{part}".encode()).hexdigest()[:8]
    return f"{f'{lab}-{part}'[: limit - 9].rstrip('-')}-{digest}"
