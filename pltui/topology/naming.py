"""How a lab's resources are called: addresses within the lab, and names that are unique within an account."""

from __future__ import annotations

import hashlib

IAM_PATH = "/pltui/"  # of every lab's roles and instance profiles


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
    return f"{IAM_PATH}{region}/{lab}/"


GUARDDUTY_PARTS = ("guardduty-endpoint", "guardduty-security-group")


def guardduty(vpc: str, part: str) -> str:
    """Address of a part that GuardDuty placed in a VPC, once its removal was asked for."""
    assert part in GUARDDUTY_PARTS
    return f"{vpc}/{part}"


def is_guardduty(address: str) -> bool:
    return address.rpartition("/")[2] in GUARDDUTY_PARTS


def region_of_iam_path(path: str, lab: str) -> str:
    """The region of a lab's IAM path, or "" where the path is another lab's."""
    parts = path.strip("/").split("/")
    return parts[1] if len(parts) == 3 and f"/{parts[0]}/" == IAM_PATH and parts[2] == lab else ""


def unique(lab: str, part: str, limit: int) -> str:
    """A name for `part` of `lab` of at most `limit` characters.

    The digest keeps apart what joining alone would not: part "b-c" of lab "a", and part "c" of lab "a-b".
    """
    digest = hashlib.sha256(f"{lab}\0{part}".encode()).hexdigest()[:8]
    return f"{f'{lab}-{part}'[: limit - 9].rstrip('-')}-{digest}"
