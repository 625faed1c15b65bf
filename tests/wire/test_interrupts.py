"""Ctrl-C and SIGTERM while a write's answer is on its way."""

import signal
from collections import Counter

import pytest

from tests.wire.conftest import Child, Lab
from tests.wire.kinds import CREATES, of_lab
from tests.wire.proxy import Fault, Proxy, always

HELD = "ec2:CreateVpcEndpointServiceConfiguration"
UPON_IT = Counter({"ec2:CreateVpcEndpoint": 1, "route53:ChangeResourceRecordSets": 1})


def wait_until_only_it_is_under_way(proxy: Proxy) -> None:
    """All other writes have been sent, but for those that need what is held."""
    proxy.wait_for_held()
    proxy.wait_for(lambda: of_lab(proxy.writes) == CREATES - UPON_IT, "all writes that need nothing of what is held")


def interrupt(child: Child, number: signal.Signals) -> None:
    child.process.send_signal(number)
    child.wait_to_say("stopping")


@pytest.mark.parametrize(
    "number", [signal.SIGINT, *(pytest.param(each, marks=pytest.mark.slow) for each in (signal.SIGTERM, signal.SIGHUP))]
)
def test_an_interrupt_hears_out_the_write_on_the_wire_and_sends_no_more(lab: Lab, number: signal.Signals) -> None:
    with lab.proxy(always(HELD, Fault.HOLD)) as proxy, lab.child(proxy, "reconcile", "--json") as child:
        wait_until_only_it_is_under_way(proxy)
        interrupt(child, number)
        proxy.release()
        done = child.end()
        assert done.code == 130, done.err
        assert of_lab(proxy.writes) == CREATES - UPON_IT
    described = lab.account.client("ec2").describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    (service,) = [one["ServiceId"] for one in described if {"Key": "pltui:lab", "Value": lab.name} in one["Tags"]]
    assert service in {line["detail"].get("id") for line in done.lines() if line["type"] == "event"}
    lab.assert_nothing_astray()
    lab.must("reconcile")
    lab.assert_one_of_each()


def test_after_an_interrupt_a_resource_half_made_is_not_rounded_off(lab: Lab) -> None:
    with lab.proxy(always("ec2:CreateVpc", Fault.HOLD)) as proxy, lab.child(proxy, "reconcile", "--json") as child:
        proxy.wait_for_held()
        interrupt(child, signal.SIGINT)
        proxy.release()
        assert child.end().code == 130
        # Both come after a VPC: one needs it, the other rounds it off.
        assert not of_lab(proxy.writes).keys() & {"ec2:CreateSubnet", "ec2:ModifyVpcAttribute"}


def test_a_second_interrupt_ends_it_though_the_answer_never_comes(lab: Lab) -> None:
    with lab.proxy(always("ec2:CreateVpc", Fault.HOLD)) as proxy, lab.child(proxy, "reconcile") as child:
        proxy.wait_for_held()
        interrupt(child, signal.SIGINT)
        child.process.send_signal(signal.SIGINT)
        assert child.end().code == 130
    lab.must("reconcile")
    lab.assert_one_of_each()
