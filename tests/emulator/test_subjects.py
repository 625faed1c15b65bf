"""What a fault is put on is found by the names people use, or refused with those there are."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from pltui.emulator.subjects import SubjectError, describe, resolve
from pltui.reachability.world import Fault, Instance, NetworkModel, Subnet


def machine(id_: str, name: str = "", state: str = "running") -> Instance:
    return Instance(id_, name, "vpc-1", "subnet-1", IPv4Address("10.0.0.4"), state)


def subnet(id_: str, zone: str, name: str = "") -> Subnet:
    return Subnet(id_, "vpc-1", f"apne1-az{zone}", f"ap-northeast-1{zone}", IPv4Network("10.0.0.0/24"), name)


WORLD = NetworkModel(
    subnets={each.id: each for each in (subnet("subnet-1", "4", "private-1"), subnet("subnet-2", "1"))},
    instances={each.id: each for each in (machine("i-1", "web"), machine("i-2", "twin"), machine("i-3", "twin"))},
)


@pytest.mark.parametrize(
    ("kind", "subject", "found"),
    [
        ("server", "web", "i-1"),
        ("server", "i-2", "i-2"),
        ("zone", "ap-northeast-14", "apne1-az4"),
        ("zone", "apne1-az1", "apne1-az1"),
        ("subnet", "private-1", "subnet-1"),
        ("subnet", "subnet-2", "subnet-2"),
        ("latency", "", ""),
        ("latency", "web", "i-1"),
        ("loss", "private-1", "subnet-1"),
        ("throttle", "ec2", "ec2"),
        ("throttle", "ec2:CreateVpcEndpoint", "ec2:CreateVpcEndpoint"),
        ("throttle", "", ""),
        ("lag", "", ""),
    ],
)
def test_a_subject_is_found_by_name_or_id(kind: str, subject: str, found: str) -> None:
    assert resolve(WORLD, kind, subject) == found


@pytest.mark.parametrize(
    ("kind", "subject", "told"),
    [
        ("server", "twin", "names several: choose one by its id: i-2, i-3"),
        ("server", "nobody", r"no machine 'nobody'; there are web \(i-1\), twin"),
        ("server", "", "no machine ''"),
        ("server", "private-1", "no machine 'private-1'"),
        ("zone", "us-east-1a", r"no zone 'us-east-1a'; there are ap-northeast-11 \(apne1-az1\)"),
        ("throttle", "EC2; rm -rf /", "is no service"),
        ("lag", "s3", "only ec2 can lag"),
    ],
)
def test_what_is_not_there_or_is_several_is_refused_with_what_there_is(kind: str, subject: str, told: str) -> None:
    with pytest.raises(SubjectError, match=told):
        resolve(WORLD, kind, subject)


def test_in_an_empty_sandbox_nothing_can_be_named() -> None:
    with pytest.raises(SubjectError, match="the sandbox is empty"):
        resolve(NetworkModel(), "server", "web")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("f", "server", "i-1"), "the server of web (i-1) is down"),
        (Fault("f", "server", "i-9"), "the server of i-9 is down"),
        (Fault("f", "zone", "apne1-az4"), "zone ap-northeast-14 (apne1-az4) is down"),
        (Fault("f", "subnet", "subnet-1"), "subnet private-1 (subnet-1) drops all packets"),
        (Fault("f", "latency", "", 200), "200 ms added to each round trip"),
        (Fault("f", "loss", "i-1", 0.25), "25 % of all packets are lost at web (i-1)"),
        (Fault("f", "throttle", "ec2", 0), "calls of ec2 are throttled as on AWS"),
        (Fault("f", "throttle", "", 0.5), "all calls are throttled to 0.5/s"),
        (Fault("f", "lag", "", 10), "new resources are not visible for 10 s"),
        (Fault("f", "error", "ec2:RunInstances", 0, "Blocked"), "calls of ec2:RunInstances fail with Blocked"),
        (Fault("f", "error", "ec2:RunInstances", 1, "Blocked"), "the next call of ec2:RunInstances fails with Blocked"),
        (Fault("f", "error", "ec2:CreateVpc", 2, "Blocked"), "the next 2 calls of ec2:CreateVpc fail with Blocked"),
        (
            Fault("f", "error", "ec2:RunInstances", 0, "Client.InternalError"),
            "resources of ec2:RunInstances fail with Client.InternalError",
        ),
        (
            Fault("f", "error", "ec2:RunInstances", 1, "Client.InternalError"),
            "the next resource of ec2:RunInstances fails with Client.InternalError",
        ),
        (
            Fault("f", "error", "ec2:RunInstances", 3, "Client.InternalError"),
            "the next 3 resources of ec2:RunInstances fail with Client.InternalError",
        ),
    ],
)
def test_a_fault_is_told_in_a_sentence(fault: Fault, text: str) -> None:
    assert describe(WORLD, fault) == text
