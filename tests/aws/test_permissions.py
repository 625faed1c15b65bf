"""The policy in the README allows every call that pltui can send, and nothing else."""

import ast
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from pltui.aws.client import iam_action
from pltui.aws.operations import operations

ROOT = Path(__file__).parents[2]
PACKAGES = ("aws", "cli", "cost", "lab", "probe", "reachability", "resources")  # those that send or name calls
SERVICES = ("ec2", "elbv2", "iam", "pricing", "route53", "ssm", "sts")
NEEDS_NONE = {"sts:GetCallerIdentity"}  # AWS STS API reference, GetCallerIdentity
# Permissions without a call of their own, by the calls that need them.
IMPLIED = {
    "iam:PassRole": "AddRoleToInstanceProfile, RunInstances (IAM API reference, EC2 user guide)",
    "iam:CreateServiceLinkedRole": "the first CreateLoadBalancer of an account (Elastic Load Balancing user guide)",
    "iam:TagRole": "CreateRole with tags",
    "iam:TagInstanceProfile": "CreateInstanceProfile with tags",
    "ssm:AddTagsToResource": "PutParameter with tags",
    "ssm:StartSession": "`pltui shell`, through the AWS CLI",
    "ssmmessages:OpenDataChannel": "`pltui shell` (Systems Manager user guide, quickstart policies of Session Manager)",
}


def allowed() -> list[str]:
    [policy] = re.findall(r"```json\n(\{\n  \"Version\".*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [action for statement in json.loads(policy)["Statement"] for action in statement["Action"]]


def literals() -> Iterator[str]:
    for package in PACKAGES:
        for path in (ROOT / "pltui" / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
    for direction in ("Ingress", "Egress"):  # resources/security_group.py builds these names
        yield from (f"AuthorizeSecurityGroup{direction}", f"RevokeSecurityGroup{direction}")


def sent() -> set[str]:
    """The IAM actions of all calls that the sources name."""
    named = set(literals())
    return {iam_action(service, name) for service in SERVICES for name in named & set(operations(service))} - NEEDS_NONE


def test_the_policy_allows_every_call() -> None:
    patterns = allowed()
    assert not {action for action in sent() | set(IMPLIED) if not any(fnmatchcase(action, one) for one in patterns)}


def test_the_policy_allows_no_other_write() -> None:
    """A name with a star stands for reads only."""
    stars = {action for action in allowed() if "*" in action}
    assert all(re.fullmatch(r"\w+:(Describe|Get|List)\*", star) for star in stars)
    assert set(allowed()) - stars <= sent() | set(IMPLIED)
