"""What is asked of AWS to learn a network: how much, in what order, and of whom."""

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from pltui.reachability import parse, reading
from pltui.reachability.parse import ApiResponses
from pltui.reachability.reading import ReadScope, Request

# What AWS has no listing of, and is thus asked about one by one (EC2, ELBv2, Route 53, VPC Lattice API references).
ONE_BY_ONE = {
    "DescribeVpcAttribute",
    "DescribeInstanceAttribute",
    "GetManagedPrefixListEntries",
    "DescribeLoadBalancerAttributes",
    "DescribeListeners",
    "DescribeListenerAttributes",
    "DescribeTargetGroupAttributes",
    "DescribeTargetHealth",
    "DescribeVpcEndpointServicePermissions",
    "GetResourceConfiguration",
    "GetHostedZone",
    "ListResourceRecordSets",
}


class Account:
    """As many of each thing as asked for, in two VPCs, and a list of what was read."""

    def __init__(self, each: int) -> None:
        self.each = each
        self.asked: list[Request] = []

    def answer(self, request: Request) -> tuple[Any, ...]:
        self.asked.append(request)
        return tuple(self._items(request))

    def _items(self, request: Request) -> Iterator[Mapping[str, Any]]:
        given = request.parameters
        make = getattr(self, f"_{request.operation}", None)
        if make is not None:
            yield from make(given)
            return
        for n in range(self.each):
            yield {"Thing": n}

    def _DescribeVpcs(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802  # as the operation is called
        for n in range(self.each):
            yield {"VpcId": f"vpc-{n}", "CidrBlock": "10.0.0.0/16", "OwnerId": "111122223333"}

    def _DescribeVpcAttribute(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        yield (
            {"EnableDnsSupport": {"Value": True}}
            if "Support" in given["Attribute"]
            else {"EnableDnsHostnames": {"Value": False}}
        )

    def _DescribeSecurityGroups(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in range(self.each):
            yield {"GroupId": f"sg-{n}", "IpPermissions": [{"PrefixListIds": [{"PrefixListId": f"pl-{n}"}]}]}

    def _DescribeRouteTables(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in range(self.each):
            yield {"RouteTableId": f"rtb-{n}", "Routes": [{"DestinationPrefixListId": f"pl-{n}"}]}

    def _GetManagedPrefixListEntries(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        yield {"Cidr": "10.0.0.0/8"}

    def _DescribeInstances(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in range(self.each):
            yield {"Instances": [{"InstanceId": f"i-{n}", "State": {"Name": "stopped" if n % 2 else "running"}}]}

    def _DescribeInstanceAttribute(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        yield {"UserData": {"Value": base64.b64encode(given["InstanceId"].encode()).decode()}}

    def _DescribeLoadBalancers(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in range(self.each):
            yield {"LoadBalancerArn": f"lb-{n}", "VpcId": f"vpc-{n}"}

    def _DescribeListeners(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        yield {"ListenerArn": given["LoadBalancerArn"] + "/80"}

    def _DescribeTargetGroups(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in [int(given["LoadBalancerArn"][3:])] if given else range(self.each):
            yield {"TargetGroupArn": f"tg-{n}"}

    def _DescribeLoadBalancerAttributes(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        yield {"Key": "load_balancing.cross_zone.enabled", "Value": "true"}

    _DescribeTargetGroupAttributes = _DescribeListenerAttributes = _DescribeLoadBalancerAttributes

    def _DescribeVpcEndpoints(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in range(self.each):
            kind = "Resource" if n % 2 else "Interface"
            yield {"VpcEndpointId": f"vpce-{n}", "ServiceName": f"svc-{n % 2}", "VpcEndpointType": kind}

    def _DescribeVpcEndpointServiceConfigurations(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in range(self.each):
            yield {"ServiceId": f"vpce-svc-{n}"}

    def _DescribeVpcPeeringConnections(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in range(self.each):
            yield {"VpcPeeringConnectionId": f"pcx-{n}"}

    def _ListResourceGateways(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in range(self.each):
            yield {"id": f"rgw-{n}", "vpcIdentifier": f"vpc-{n}"}

    def _ListResourceConfigurations(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in range(self.each):
            yield {"id": f"rcfg-{n}", "resourceGatewayId": f"rgw-{n}"}

    def _GetResourceConfiguration(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        yield {"id": given["resourceConfigurationIdentifier"]}

    def _ListHostedZones(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for n in range(self.each):
            yield {"Id": f"/hostedzone/Z{n}"}

    def _GetHostedZone(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        private = int(given["Id"][-1]) % 2 == 0
        zone = {"HostedZone": {"Id": given["Id"], "Name": "example.local."}}
        yield {**zone, "VPCs": [{"VPCId": "vpc-0"}]} if private else zone

    def _ListHostedZonesByVPC(self, given: Mapping[str, Any]) -> Iterator[Any]:  # noqa: N802
        for zone, owner in (("Z0", "111122223333"), ("Z1", "999999999999")):
            yield {"HostedZoneId": zone, "Name": "example.local.", "Owner": {"OwningAccount": owner}}
        yield {"HostedZoneId": "Z2", "Name": "amazonaws.com.", "Owner": {"OwningService": "vpce.amazonaws.com"}}


def learn(account: Account, scope: ReadScope, topics: frozenset[str] = frozenset(reading.TOPICS)) -> ApiResponses:
    answers = ApiResponses("eu-west-1")
    for topic in reading.TOPICS:
        if topic in topics:
            answers = replace(answers, **fields(account, answers, topic, scope))
    return answers


def fields(account: Account, known: ApiResponses, topic: str, scope: ReadScope) -> dict[str, Any]:
    asking = reading.read(topic, known, scope)
    try:
        requests = next(asking)
        while True:
            requests = asking.send([account.answer(request) for request in requests])
    except StopIteration as done:
        return dict(done.value)


def calls(each: int, scope: ReadScope) -> Counter[str]:
    account = Account(each)
    learn(account, scope)
    return Counter(request.operation for request in account.asked)


def test_calls_grow_with_the_types_of_resources_and_with_their_number_only_where_there_is_no_listing() -> None:
    few, many = calls(2, ReadScope()), calls(8, ReadScope())
    assert few.keys() == many.keys()
    assert {operation for operation in many if many[operation] > few[operation]} == ONE_BY_ONE
    assert all(many[operation] == 1 for operation in many.keys() - ONE_BY_ONE)


def test_every_topic_fills_fields_of_the_answers_it_is_named_after() -> None:
    account, empty = Account(2), ApiResponses("eu-west-1")
    assert not [topic for topic in reading.TOPICS if not hasattr(empty, topic)]
    answers = learn(account, ReadScope())
    assert not [topic for topic in reading.TOPICS if not getattr(answers, topic)]


def test_a_batch_never_waits_for_one_of_its_own_stage() -> None:
    """So that a stage's topics may be read at once: what they ask for is the same, whichever is read first."""
    for stage in reading.STAGES:
        before = ApiResponses("eu-west-1")
        for earlier in reading.STAGES[: reading.STAGES.index(stage)]:
            for topic in earlier:
                before = replace(before, **fields(Account(2), before, topic, ReadScope()))
        alone = {topic: fields(Account(2), before, topic, ReadScope()) for topic in stage}
        for topic in reversed(stage):
            before = replace(before, **fields(Account(2), before, topic, ReadScope()))
        assert not [topic for topic in stage if alone[topic][topic] != getattr(before, topic)]


def test_within_a_scope_only_its_vpcs_are_asked_about() -> None:
    account = Account(4)
    answers = learn(account, ReadScope(("vpc-0", "vpc-2"), user_data=False))
    for request in account.asked:
        for word in ("Filters", "Filter"):
            for wanted in request.parameters.get(word, ()):
                if "vpc-id" in wanted["Name"]:
                    assert wanted["Values"] == ["vpc-0", "vpc-2"]
    asked = Counter(request.operation for request in account.asked)
    # What has no filter by VPC is listed, and asked about no further where it is elsewhere.
    assert [each["LoadBalancerArn"] for each in answers.load_balancers] == ["lb-0", "lb-2"]
    assert asked["DescribeLoadBalancerAttributes"] == asked["DescribeTargetHealth"] == 2
    assert [each["TargetGroupArn"] for each in answers.target_groups] == ["tg-0", "tg-2"]
    assert asked["DescribeInstanceAttribute"] == 0
    (services,) = [each for each in account.asked if each.operation == "DescribeVpcEndpointServiceConfigurations"]
    assert services.parameters == {"Filters": [{"Name": "service-name", "Values": ["svc-0", "svc-1"]}]}
    plain = [each for each in account.asked if each.operation.startswith("DescribeSubnets") and not each.parameters]
    assert not plain


@pytest.mark.fidelity(
    "A hosted zone of another account, or of an AWS service, is listed for a VPC, but only its owner reads its records",
    source="Route 53 API reference, ListHostedZonesByVPC",
)
def test_of_a_vpcs_zones_only_ones_own_are_read() -> None:
    account = Account(1)
    answers = learn(account, ReadScope(("vpc-0",)))
    assert [zone["HostedZone"]["Id"] for zone in answers.zones] == ["Z0"]
    assert answers.zones[0]["VPCs"] == [{"VPCId": "vpc-0"}]
    assert list(answers.records) == ["Z0"]
    assert "GetHostedZone" not in {request.operation for request in account.asked}


def test_user_data_is_asked_for_once_and_again_of_stopped_machines_alone() -> None:
    account = Account(4)
    answers = learn(account, ReadScope(), frozenset({"instances"}))
    assert answers.user_data == {f"i-{n}": f"i-{n}" for n in range(4)}
    account.asked.clear()
    answers = replace(answers, **fields(account, answers, "instances", ReadScope()))
    assert [request.operation for request in account.asked] == ["DescribeInstances"]
    account.asked.clear()
    answers = replace(answers, **fields(account, answers, "user_data", ReadScope()))
    assert [request.parameters["InstanceId"] for request in account.asked] == ["i-1", "i-3"]
    assert answers.user_data.keys() == {f"i-{n}" for n in range(4)}


def test_what_is_not_there_is_not_asked_about() -> None:
    asked = calls(0, ReadScope())
    assert not asked.keys() & {*ONE_BY_ONE, "ListResourceConfigurations", "DescribeVpcEndpointAssociations"}


def test_an_empty_account_is_an_empty_world() -> None:
    assert parse.parse_network_model([learn(Account(0), ReadScope())]) == parse.parse_network_model([])
