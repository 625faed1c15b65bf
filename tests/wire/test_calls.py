"""What runs ask of the service when nothing goes wrong: the writes the faults of the other tests are laid on."""

from collections import Counter

from tests.wire.conftest import Lab
from tests.wire.kinds import CREATES, DESTROYS, ELB, LEASE, of_lab, of_lease


def test_each_write_is_made_once_the_switch_is_one_beside_the_leases_and_nothing_to_do_is_none(lab: Lab) -> None:
    assert of_lab(lab.must("reconcile").writes) == CREATES
    lab.assert_one_of_each()

    idle = lab.must("reconcile")
    assert idle.calls
    assert not idle.writes
    assert [call.operation for call in idle.calls if call.service == "ssm"] == [
        "DescribeInstanceInformation",
        "GetParameter",
    ], "was a run killed?"

    switched = lab.must("cross-zone", "off").writes
    assert of_lab(switched) == Counter([f"{ELB}:ModifyLoadBalancerAttributes"])
    assert of_lease(switched) == LEASE
    balancer = lab.account.client("elbv2").describe_load_balancers(Names=[lab.name])["LoadBalancers"][0]
    attributes = lab.account.client("elbv2").describe_load_balancer_attributes(
        LoadBalancerArn=balancer["LoadBalancerArn"]
    )["Attributes"]
    assert {"Key": "load_balancing.cross_zone.enabled", "Value": "false"} in attributes

    assert not lab.must("cross-zone", "off").writes

    assert of_lab(lab.must("destroy").writes) == DESTROYS
    lab.assert_none()
