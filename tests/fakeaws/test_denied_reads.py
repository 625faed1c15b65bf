"""Each read of a look, denied: its own types are unknown, the action is named, nothing is changed by a guess."""

import pytest

from pltui.engine.errors import DeniedError
from pltui.engine.plan import Plan
from tests.fakeaws import FakeAws
from tests.fakeaws.faults import Call, Fault, Script, always, combine
from tests.fakeaws.test_converges import LABS, converge, reconciler
from tests.fakecloud.clock import run

NETWORKS = {"vpc", "route_table", "route", "route_table_association", "security_group"}
BALANCERS = {"load_balancer", "target_group", "target_registration", "listener"}
# Action -> the types that are unknown without it.
UNKNOWN: dict[str, set[str]] = {
    "ec2:DescribeAddresses": {"elastic_ip"},
    "ec2:DescribeInstances": {"instance", "target_registration"},
    "ec2:DescribeInternetGateways": {"internet_gateway", "internet_gateway_attachment"},
    "ec2:DescribeNatGateways": {"nat_gateway"},
    "ec2:DescribeRouteTables": {"route_table", "route", "route_table_association"},
    "ec2:DescribeSecurityGroups": {"security_group"},
    "ec2:DescribeSubnets": {"subnet", "route_table_association"},
    "ec2:DescribeVpcAttribute": {"vpc"},
    "ec2:DescribeVpcEndpointServiceConfigurations": {"endpoint_service"},
    "ec2:DescribeVpcEndpoints": {"endpoint"},
    "ec2:DescribeVpcs": NETWORKS | BALANCERS,
    "elasticloadbalancing:DescribeListeners": {"listener"},
    "elasticloadbalancing:DescribeLoadBalancerAttributes": {"load_balancer"},
    "elasticloadbalancing:DescribeLoadBalancers": {"load_balancer", "listener"},
    "elasticloadbalancing:DescribeTags": BALANCERS,
    "elasticloadbalancing:DescribeTargetGroupAttributes": {"target_group"},
    "elasticloadbalancing:DescribeTargetGroups": {"target_group", "target_registration"},
    "elasticloadbalancing:DescribeTargetHealth": {"target_registration"},
    "iam:ListEntitiesForPolicy": set(),  # iam:ListAttachedRolePolicies stands in for it
    "iam:ListInstanceProfiles": {"instance_profile"},
    "iam:ListRoles": set(),  # iam:GetRole stands in for it
    "route53:GetHostedZone": {"hosted_zone"},
    "ssm:DescribeInstanceInformation": set(),  # running counts as ready
    "route53:ListHostedZones": {"hosted_zone", "record"},
    "route53:ListResourceRecordSets": {"record"},
}


def action(service: str, operation: str) -> str:
    return f"{'elasticloadbalancing' if service == 'elbv2' else service}:{operation}"


def whole_lab() -> FakeAws:
    fake = FakeAws(lag=0.0)
    assert converge(fake, "small").ok
    fake.calls.clear()
    return fake


def look(fake: FakeAws, script: Script | None = None) -> Plan:
    if script:
        fake.script = script
    names = LABS["small"]()
    return run(reconciler(fake, "small", names, names).look())


def denied(*actions: str) -> Script:
    return combine(*(always(Fault.DENIED, each.partition(":")[2]) for each in actions))


def test_the_table_has_every_read_of_a_look() -> None:
    fake = whole_lab()
    look(fake)
    assert {action(call.service, call.operation) for call in fake.calls} == UNKNOWN.keys()


@pytest.mark.parametrize(("name", "kinds"), UNKNOWN.items())
def test_only_its_own_types_are_unknown_and_nothing_seems_to_differ(name: str, kinds: set[str]) -> None:
    plan = look(whole_lab(), denied(name))
    assert {one.kind for one in plan.unreadable} == kinds
    assert {one.action for one in plan.unreadable} <= {name}
    assert plan.steps == ()
    assert plan.later == ()
    assert plan.withheld == ()


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        (("iam:ListRoles", "iam:GetRole"), {"role", "role_policy"}),
        (("iam:ListEntitiesForPolicy", "iam:ListAttachedRolePolicies"), {"role_policy"}),
    ],
)
def test_where_the_other_way_is_denied_too_the_usual_action_is_named(names: tuple[str, ...], kinds: set[str]) -> None:
    plan = look(whole_lab(), denied(*names))
    assert {(one.kind, one.action) for one in plan.unreadable} == {(kind, names[0]) for kind in kinds}
    assert plan.steps == ()


@pytest.mark.parametrize("fault", [Fault.DENIED, Fault.EXPIRED])
def test_where_nothing_can_be_read_the_look_fails(fault: Fault) -> None:
    def script(_: Call) -> Fault:
        return fault

    with pytest.raises(DeniedError):
        look(whole_lab(), script)


def test_credentials_that_expire_at_one_read_are_no_unreadable_type() -> None:
    with pytest.raises(DeniedError, match="expired"):
        look(whole_lab(), always(Fault.EXPIRED, "DescribeNatGateways"))


def test_destroy_without_a_read_leaves_what_it_may_show_and_a_later_one_removes_the_rest() -> None:
    fake = whole_lab()
    fake.script = denied("ec2:DescribeInstances")
    outcome = converge(fake, "small", destroy=True)
    assert (outcome.ok, outcome.failed, outcome.denied) == (False, 0, False)
    left = {one.type for one in fake.standing()}
    assert {"instance", "subnet", "vpc", "security_group", "instance_profile", "role"} <= left
    assert left.isdisjoint({"load_balancer", "endpoint_service", "endpoint", "nat_gateway", "elastic_ip"})
    fake.revive()
    assert converge(fake, "small", destroy=True).ok
    assert fake.standing() == []
