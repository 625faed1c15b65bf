"""What is read of a real account to explain a path in it: only the lab's, only what observing needs, and honestly."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from pltui.aws.client import Aws, Target
from pltui.aws.network_reader import Surroundings, read_surroundings
from pltui.aws.transport import ErrorAnswer
from pltui.engine.errors import CloudError
from tests.reachability.test_reading import Account

VPCS = ("vpc-0", "vpc-1")


class Wire:
    """Answers as an account does, a page of one item at a time, but for the operations that are denied to us."""

    def __init__(self, each: int, denied: frozenset[str] = frozenset()) -> None:
        self.account, self.denied = Account(each), denied
        self.sent: list[tuple[str, str]] = []

    async def send(
        self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0
    ) -> dict[str, Any]:
        from pltui.reachability.reading import Request

        self.sent.append((service, operation))
        if operation in self.denied:
            raise ErrorAnswer(
                {
                    "Error": {"Code": "UnauthorizedOperation", "Message": "You are not authorized"},
                    "ResponseMetadata": {"HTTPStatusCode": 403},
                }
            )
        given = dict(parameters)
        page = int(given.pop("NextToken", 0) or given.pop("Marker", 0) or 0)
        items = self.account.answer(Request(service, operation, "", given))
        key = KEYS.get(operation)
        if key is None:
            return dict(items[0])
        token = {"NextMarker": str(page + 1)} if service == "elbv2" else {"NextToken": str(page + 1)}
        return {key: list(items[page : page + 1]), **(token if page + 1 < len(items) else {})}

    async def prepare(self, *services: str) -> None:
        pass


KEYS = {
    "DescribeVpcs": "Vpcs",
    "DescribeSubnets": "Subnets",
    "DescribeSecurityGroups": "SecurityGroups",
    "DescribeNetworkAcls": "NetworkAcls",
    "DescribeRouteTables": "RouteTables",
    "DescribeInternetGateways": "InternetGateways",
    "DescribeNatGateways": "NatGateways",
    "DescribeVpcPeeringConnections": "VpcPeeringConnections",
    "DescribeInstances": "Reservations",
    "DescribeLoadBalancers": "LoadBalancers",
    "DescribeVpcEndpoints": "VpcEndpoints",
    "DescribeListeners": "Listeners",
    "DescribeTargetGroups": "TargetGroups",
    "DescribeVpcEndpointServiceConfigurations": "ServiceConfigurations",
    "DescribeNetworkInterfaces": "NetworkInterfaces",
    "ListHostedZonesByVPC": "HostedZoneSummaries",
    "ListResourceRecordSets": "ResourceRecordSets",
    "DescribeLoadBalancerAttributes": "Attributes",
    "DescribeTargetGroupAttributes": "Attributes",
    "DescribeListenerAttributes": "Attributes",
    "DescribeTargetHealth": "TargetHealthDescriptions",
    "DescribeVpcEndpointServicePermissions": "AllowedPrincipals",
    "DescribeVpcEndpointConnections": "VpcEndpointConnections",
}


async def observed(wire: Wire) -> Surroundings:
    return await read_surroundings(Aws(Target("eu-west-1"), wire=wire), VPCS)


async def test_every_page_is_read() -> None:
    wire = Wire(3)
    answers = (await observed(wire)).answers
    assert len(answers.subnets) == len(answers.route_tables) == 3
    assert Counter(wire.sent)[("ec2", "DescribeSubnets")] == 3
    # Of three load balancers, two are in the lab's VPCs.
    assert len(answers.load_balancers) == 2


async def test_nothing_is_called_but_what_reads() -> None:
    wire = Wire(2)
    found = await observed(wire)
    assert not found.unread
    assert all(operation.startswith(("Describe", "List", "GetManagedPrefixListEntries")) for _, operation in wire.sent)
    assert {service for service, _ in wire.sent} == {"ec2", "elbv2", "route53"}
    # User data may hold secrets, and no path depends on it.
    assert "DescribeInstanceAttribute" not in {operation for _, operation in wire.sent}


async def test_what_one_may_not_read_is_named_and_the_rest_is_known() -> None:
    found = await observed(Wire(2, frozenset({"DescribeNetworkAcls", "DescribeVpcEndpointServicePermissions"})))
    assert found.unread.keys() == {"network_acls", "permissions"}
    assert found.unread["network_acls"].code == "UnauthorizedOperation"
    assert (found.answers.network_acls, len(found.answers.subnets)) == ((), 2)


async def test_without_the_vpcs_nothing_is_known() -> None:
    with pytest.raises(CloudError):
        await observed(Wire(2, frozenset({"DescribeVpcs"})))
