"""What `pltui explain` says of a lab: whether and why a request arrives, beside what real requests get."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pltui.sandbox import launcher
from tests.e2e.conftest import Lab, eventually

QUICK = ("--set", "probe.timeout=300ms")  # where nothing is to answer


@dataclass(frozen=True)
class Explained:
    """What was said of the one consumer there is: to programs, and to people."""

    found: dict[str, Any]
    said: list[str]

    def line(self, about: str) -> str:
        """The one line that says something about it."""
        (line,) = [line.strip() for line in self.said if about in line]
        return line

    @property
    def stop(self) -> str:
        """The one line that is marked as where packets stop."""
        return self.line("✗")


EXITS = {"reachable": 0, "blocked": 3, "unknown": 1}


def explained(lab: Lab, *words: str) -> Explained:
    shown = lab.pltui("explain", "--json", *words)
    document = shown.document()
    assert shown.code == EXITS[document["reachability"]]
    return Explained(document["consumers"]["consumer"], document["explanation"])


def tagged(lab: Lab, address: str) -> str:
    """The id of what EC2 knows under an address of the lab."""
    wanted = (("key", "pltui:address"), ("value", address))
    found = lab.cloud.client("ec2").describe_tags(Filters=[{"Name": name, "Values": [value]} for name, value in wanted])
    (one,) = {each["ResourceId"] for each in found["Tags"]}
    return str(one)


def blocked(lab: Lab, code: str) -> Explained:
    """What is said once the network has caught up, so that nobody answers as predicted."""
    observed: list[Explained] = []

    def agree() -> bool:
        observed.append(explained(lab, *QUICK))
        return observed[-1].found["code"] == code and observed[-1].found["observed"] == {}

    eventually(agree, f"nobody answers, for {code}")
    return observed[-1]


def answered(lab: Lab, *subnets: str) -> Explained:
    """What is said once only these are predicted, and only they answer."""
    observed: list[Explained] = []

    def agree() -> bool:
        observed.append(explained(lab))
        found = observed[-1].found
        return set(found["predicted"]) == set(subnets) >= set(found["observed"] or ("nobody",)) and not found["failed"]

    eventually(agree, f"only {subnets} answer")
    return observed[-1]


def test_with_cross_zone_on_all_three_are_predicted_and_answer(lab: Lab) -> None:
    lab.must("cross-zone", "on")
    found = answered(lab, "1", "2", "3").found
    assert found["verdict"] == "open"
    assert found["predicted"] == pytest.approx({"1": 1 / 3, "2": 1 / 3, "3": 1 / 3})
    assert sum(found["observed"].values()) == pytest.approx(1)
    assert found["sent"] == 10
    kinds = [hop["kind"] for hop in found["paths"][0]["hops"]]
    order = ("record", "machine", "endpoint", "connection", "node", "cross-zone", "target", "server")
    assert [kind for kind in kinds if kind in order] == list(order)
    assert sum(path["chance"] for path in found["paths"]) == pytest.approx(1)


def test_with_cross_zone_off_the_others_are_left_out_and_the_switch_is_why(lab: Lab) -> None:
    lab.must("cross-zone", "off")
    told = answered(lab, "1")
    assert told.line("expected answers") == "expected answers:  Subnet 1 (100 %)"
    assert told.line("observed answers") == "observed answers:  Subnet 1 (100 %), 10 of 10 answered"
    left_out = told.line("server-2")
    assert left_out.startswith("✗")
    assert left_out.endswith("ELB_NOT_CROSSZONE: cross-zone off (set on the load balancer)")
    assert "ap-northeast-1a (apne1-az" in told.line("  node")


def test_without_the_probe_nobody_is_asked_and_text_is_the_same_as_in_json(lab: Lab) -> None:
    told = explained(lab, "--no-probe")
    assert (told.found["observed"], told.found["sent"]) == (None, 0)
    assert lab.must("explain", "--no-probe").out.splitlines() == told.said
    assert not [line for line in told.said if "observed" in line]


def test_a_closed_group_is_named_with_its_code_first(lab: Lab) -> None:
    lab.must("reconcile", "--set", "consumers.consumer.endpoint.ingress=[192.0.2.0/24]")
    told = blocked(lab, "ENI_SG_RULES_MISMATCH")
    assert lab.pltui("explain", *QUICK).code == 3
    assert (told.found["predicted"], told.found["sent"], told.found["failed"]) == ({}, 1, 1)
    reason = told.stop.split("security group")[1].strip()
    assert reason.startswith("ENI_SG_RULES_MISMATCH: no ingress rule of consumer-")
    assert told.line("expected answers") == "expected answers:  none (ENI_SG_RULES_MISMATCH)"


def test_a_stopped_server_is_left_out_and_said_to_be_stopped(lab: Lab) -> None:
    lab.must("cross-zone", "on")
    lab.cloud.client("ec2").stop_instances(InstanceIds=[lab.cloud.server(2)])
    told = answered(lab, "1", "3")
    assert told.found["predicted"] == pytest.approx({"1": 0.5, "3": 0.5})
    (path,) = [path for path in told.found["paths"] if not path["chance"]]
    assert path["code"] == "PL_TARGET_UNHEALTHY"
    assert told.line("server-2").endswith("is unused (stopped, Target.InvalidState)")


@pytest.mark.slow
def test_a_rule_by_prefix_list_is_followed_to_its_entries(lab: Lab) -> None:
    lab.must("reconcile")
    lab.must("cross-zone", "off")
    ec2, group = lab.cloud.client("ec2"), tagged(lab, "consumer/endpoint-security-group")
    (shown,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    made = ec2.create_managed_prefix_list(
        PrefixListName="clients", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "10.0.0.0/16"}]
    )["PrefixList"]["PrefixListId"]
    by_list = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "PrefixListIds": [{"PrefixListId": made}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[by_list])
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=shown["IpPermissions"])
    told = answered(lab, "1")
    assert f"from {made} (10.0.0.0/16)" in " ".join(told.said)
    lab.must("reconcile")


@pytest.mark.slow
def test_a_rejected_connection_is_where_the_path_ends(lab: Lab) -> None:
    ec2 = lab.cloud.client("ec2")
    service, endpoint = tagged(lab, "provider/endpoint-service"), tagged(lab, "consumer/endpoint")
    ec2.reject_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[endpoint])
    told = blocked(lab, "PL_CONNECTION_REJECTED")
    assert told.found["paths"][0]["hops"][-1]["kind"] == "connection"
    ec2.accept_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[endpoint])


@pytest.fixture
def waiting(lab: Lab) -> Iterator[str]:
    """An endpoint whose connection nobody accepts, and to which the lab's name leads."""
    ec2, route53 = lab.cloud.client("ec2"), lab.cloud.client("route53")
    service = tagged(lab, "provider/endpoint-service")
    (shown,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[tagged(lab, "consumer/endpoint")])["VpcEndpoints"]
    ec2.modify_vpc_endpoint_service_configuration(ServiceId=service, AcceptanceRequired=True)
    made = ec2.create_vpc_endpoint(
        VpcId=shown["VpcId"],
        ServiceName=shown["ServiceName"],
        VpcEndpointType="Interface",
        SubnetIds=shown["SubnetIds"],
        SecurityGroupIds=[group["GroupId"] for group in shown["Groups"]],
    )["VpcEndpoint"]
    zone, record = the_record(lab)
    alias = {**record["AliasTarget"], "DNSName": made["DnsEntries"][0]["DnsName"]}
    change = {"Action": "UPSERT", "ResourceRecordSet": {**record, "AliasTarget": alias}}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    yield str(made["VpcEndpointId"])
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    ec2.modify_vpc_endpoint_service_configuration(ServiceId=service, AcceptanceRequired=False)


def the_record(lab: Lab) -> tuple[str, dict[str, Any]]:
    """The zone's id and the record in it that names the service."""
    route53 = lab.cloud.client("route53")
    (zone,) = [each["Id"] for each in route53.list_hosted_zones()["HostedZones"] if each["Name"] == "example.local."]
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    (record,) = [each for each in records if each["Type"] == "A"]
    return str(zone), dict(record)


@pytest.mark.slow
def test_a_connection_that_waits_for_acceptance_says_so(lab: Lab, waiting: str) -> None:
    told = blocked(lab, "PL_CONNECTION_PENDING_ACCEPTANCE")
    assert told.found["paths"][0]["hops"][-1]["id"] == waiting
    assert f"PL_CONNECTION_PENDING_ACCEPTANCE: {waiting} is" in told.stop


@pytest.mark.slow
def test_a_name_without_a_record_does_not_resolve(lab: Lab) -> None:
    route53 = lab.cloud.client("route53")
    zone, record = the_record(lab)
    change = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
    unknown = {"provider-nlb.example.local does not exist in the DNS of the client's VPC": 1}
    eventually(lambda: explained(lab).found["failures"] == unknown, "the resolver says that there is no such name")
    told = blocked(lab, "PL_NAME_UNRESOLVED")
    assert "PL_NAME_UNRESOLVED: example.local has no record provider-nlb.example.local" in told.stop


@pytest.fixture
def denied(lab: Lab) -> Iterator[str]:
    """The network ACL of a consumer whose endpoint is in another subnet than its client: requests are denied."""
    lab.must("reconcile", "--set", "consumers.consumer.endpoint.subnets=[2]")
    ec2 = lab.cloud.client("ec2")
    subnet = tagged(lab, "consumer/private-subnet-2")
    (acl,) = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["NetworkAcls"]
    which = {"NetworkAclId": acl["NetworkAclId"], "RuleNumber": 50, "Egress": False}
    ec2.create_network_acl_entry(
        **which, Protocol="6", RuleAction="deny", CidrBlock="0.0.0.0/0", PortRange={"From": 80, "To": 80}
    )
    yield str(acl["NetworkAclId"])
    ec2.delete_network_acl_entry(**which)


@pytest.mark.slow
@pytest.mark.fidelity(
    "A network ACL judges what crosses from one subnet to another, and its rule of the lowest number decides",
    source="VPC user guide, Control subnet traffic with network access control lists",
)
def test_a_network_acl_stops_requests_to_another_subnet_and_its_rule_is_named(lab: Lab, denied: str) -> None:
    told = blocked(lab, "SUBNET_ACL_RESTRICTION")
    (path,) = told.found["paths"]
    assert (path["hops"][-1]["id"], path["hops"][-1]["kind"]) == (denied, "acl")
    assert f"SUBNET_ACL_RESTRICTION: rule 50 inbound of {denied} denies tcp/80" in told.stop


@pytest.mark.slow
def test_what_is_broken_on_purpose_is_the_reason_given(lab: Lab, sandbox: launcher.Sandbox) -> None:
    lab.must("cross-zone", "off")
    subnet = tagged(lab, "provider/private-subnet-1")
    sandbox.add_fault("subnet", subnet, 0)
    try:
        told = blocked(lab, "PL_FAULT_SUBNET")
        assert "drops all packets (fault-" in told.line("active fault")
    finally:
        sandbox.clear_faults()


@pytest.mark.slow
def test_each_consumer_is_told_of_or_just_one(make_lab: Callable[[str], Lab]) -> None:
    lab = make_lab("two-consumers")
    lab.must("reconcile")
    both = lab.must("explain", "--json", "--no-probe").document()["consumers"]
    assert len(both) == 2
    name = list(both)[1]
    one = lab.must("explain", "--json", "--no-probe", "--consumer", name).document()["consumers"]
    assert one.keys() == {name}
    assert lab.pltui("explain", "--consumer", "nobody").code == 2


@pytest.mark.slow
def test_a_lab_that_is_not_there_is_no_error_and_says_what_is_missing(make_lab: Callable[[str], Lab]) -> None:
    told = explained(make_lab("privatelink"))
    assert told.line("no answer: ").startswith("no answer: consumer/client, consumer/endpoint, ")
    assert told.found["missing"][0] == "consumer/client"
    assert (told.found["paths"], told.found["predicted"], told.found["observed"]) == ([], {}, None)


@pytest.fixture
def as_aws(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The options under which a lab is taken for one in a real account: its API is all there is of it."""
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("CONFIG_FILE", "/dev/null")):
        monkeypatch.setenv(f"AWS_{name}", value)
    return ("--target", "aws", "--endpoint-url", lab.cloud.endpoint_url)


@pytest.mark.slow
def test_on_aws_the_client_machine_is_commanded_to_ask(lab: Lab, as_aws: tuple[str, ...]) -> None:
    lab.must("cross-zone", "off")
    answered(lab, "1")
    found = explained(lab, *as_aws).found
    assert (found["predicted"], found["observed"], found["sent"]) == ({"1": 1.0}, {"1": 1.0}, 10)


@pytest.mark.slow
def test_on_aws_with_read_only_nothing_is_commanded(lab: Lab, as_aws: tuple[str, ...]) -> None:
    told = explained(lab, *as_aws, "--read-only")
    assert told.found["verdict"] == "open"
    assert told.found["observed"] is None
    assert "--read-only does not allow" in told.line("not probed")
