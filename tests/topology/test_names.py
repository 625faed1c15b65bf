"""Names that a lab gives, against the rules that AWS states for them."""

from collections.abc import Iterator

import pytest

from pltui import topology
from pltui.aws_requests.prose import of_service
from pltui.engine.model import Desired
from pltui.spec import parse
from pltui.spec.problems import SpecError
from tests.fakecloud.labs import AREA

# Kind of resource, its field, and the service and member that it is sent as.
NAMES = {
    ("security_group", "group_name"): ("ec2", "CreateSecurityGroupRequest.GroupName"),
    ("security_group", "description"): ("ec2", "CreateSecurityGroupRequest.Description"),
    ("hosted_zone", "name"): ("route53", "CreateHostedZoneRequest.Name"),
    ("record", "name"): ("route53", "ResourceRecordSet.Name"),
    ("load_balancer", "name"): ("elbv2", "CreateLoadBalancerInput.Name"),
    ("target_group", "name"): ("elbv2", "CreateTargetGroupInput.Name"),
}
LAB = "version: 1\nname: {lab}\nprovider: {{}}\nconsumers: {{{consumer}: {{dns: {{zone: {zone}}}}}}}\n"
WORDS = (
    "sg", "sg-1", "sg1", "sgs", "default", "aws", "aws-1", "ssm", "internal", "internal-1", "com", "vpc-1", "none",
    "a", "a" * 20, "a" * 33,
)  # fmt: skip


def rejected(all_desired: tuple[Desired, ...]) -> Iterator[tuple[str, str]]:
    for desired in all_desired:
        for (kind, field), (service, member) in NAMES.items():
            if kind == desired.kind:
                rules = of_service(service).constraints(member)
                yield from ((desired.address, str(rule)) for rule in rules if not rule.allows(desired.spec[field]))


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("what", ["lab", "consumer", "zone"])
def test_what_a_spec_may_be_called_makes_names_that_aws_takes(what: str, word: str) -> None:
    values = {"lab": "lab", "consumer": "shop", "zone": "example.local", what: f'"{word}"'}
    try:
        spec = parse(LAB.format(**values))
    except SpecError:
        return
    assert not [*rejected(topology.all_desired(spec, AREA))]


def test_the_rules_catch_what_the_spec_leaves_out() -> None:
    wanted = Desired("a", "security_group", {"group_name": "sg-endpoint-sg", "description": "x"})
    assert len([*rejected((wanted, Desired("b", "hosted_zone", {"name": "com"})))]) == 2
