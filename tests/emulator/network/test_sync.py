"""What is read again, when, and what traffic follows later than the API shows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from pltui.emulator.clock import Clock
from pltui.emulator.network.changes import GLOBAL, Location, changing_topics, topics
from pltui.emulator.network.lag import PROPAGATION, Lag
from pltui.emulator.network.sync import Sync
from pltui.reachability.parse import ApiResponses
from pltui.reachability.reading import NEW_VPCS, REGIONAL_TOPICS, TOPICS
from pltui.reachability.world import NetworkModel
from tests.builders.networks import GROUP, lab

VPC = {"new_vpcs", "security_groups", "network_acls", "route_tables"}
BALANCER = {"load_balancers", "balancer_attributes", "listeners", "listener_attributes", "interfaces"}
ENDPOINT = {"endpoints", "connections", "associations", "interfaces", "route_tables"}


@pytest.mark.parametrize(
    ("service", "action", "expected"),
    [
        ("elbv2", "ModifyLoadBalancerAttributes", {"balancer_attributes"}),
        ("elasticloadbalancing", "ModifyTargetGroupAttributes", {"group_attributes"}),
        ("elbv2", "ModifyListenerAttributes", {"listener_attributes"}),
        ("elbv2", "RegisterTargets", {"targets"}),
        ("elbv2", "CreateListener", {"listeners", "listener_attributes"}),
        ("elbv2", "SetSubnets", BALANCER),
        ("elbv2", "SetSecurityGroups", BALANCER),
        ("ec2", "StopInstances", {"instances"}),
        ("ec2", "TerminateInstances", {"instances", "route_tables"}),
        ("ec2", "ModifyInstanceAttribute", {"instances", "user_data"}),
        ("ec2", "AuthorizeSecurityGroupIngress", {"security_groups", "prefix_lists"}),
        ("ec2", "CreateVpc", VPC),
        ("ec2", "ModifyVpcAttribute", {"vpcs"}),
        ("ec2", "CreateSubnet", {"subnets", "network_acls", "route_tables"}),
        ("ec2", "CreateVpcEndpoint", ENDPOINT),
        ("ec2", "ModifyVpcEndpoint", ENDPOINT),
        ("ec2", "DeleteVpcEndpoints", ENDPOINT),
        ("ec2", "AcceptVpcEndpointConnections", {"endpoints", "connections", "interfaces"}),
        ("ec2", "RejectVpcEndpointConnections", {"endpoints", "connections", "interfaces"}),
        ("ec2", "ModifyVpcEndpointServicePermissions", {"permissions"}),
        ("ec2", "ModifyVpcEndpointServiceConfiguration", {"services", "permissions"}),
        ("ec2", "StartVpcEndpointServicePrivateDnsVerification", {"services", "permissions"}),
        ("ec2", "CreateVpcEndpointConnectionNotification", set()),
        ("ec2", "CreateRoute", {"route_tables", "prefix_lists"}),
        ("ec2", "ReplaceRoute", {"route_tables", "prefix_lists"}),
        ("ec2", "DeleteRoute", {"route_tables", "prefix_lists"}),
        ("ec2", "AssociateRouteTable", {"route_tables", "prefix_lists"}),
        ("ec2", "DisassociateRouteTable", {"route_tables", "prefix_lists"}),
        ("ec2", "ReplaceRouteTableAssociation", {"route_tables", "prefix_lists"}),
        ("ec2", "CreateTransitGatewayRouteTable", set()),
        ("ec2", "CreateNetworkAclEntry", {"network_acls"}),
        ("ec2", "ReplaceNetworkAclAssociation", {"network_acls"}),
        ("ec2", "AttachInternetGateway", {"internet_gateways", "route_tables"}),
        ("ec2", "DetachInternetGateway", {"internet_gateways", "route_tables"}),
        ("ec2", "DeleteNatGateway", {"nat_gateways", "interfaces", "route_tables"}),
        ("ec2", "AcceptVpcPeeringConnection", {"peerings", "route_tables"}),
        ("ec2", "DescribeInstances", set()),
        ("vpc-lattice", "CreateResourceGateway", {"resource_gateways", "resource_configurations", "interfaces"}),
        ("vpc-lattice", "UpdateResourceConfiguration", {"resource_configurations", "associations"}),
        ("route53", "ChangeResourceRecordSets", {"zones"}),
        ("route53", "AssociateVPCWithHostedZone", {"zones"}),
        ("iam", "CreateRole", set()),
    ],
)
def test_a_call_makes_only_what_it_can_have_changed_be_read(service: str, action: str, expected: set[str]) -> None:
    assert topics(service, action) == expected


def test_every_topic_is_read_again_after_some_call() -> None:
    import botocore.session

    models = botocore.session.get_session()
    services = {name: models.get_service_model(name) for name in ("ec2", "elbv2", "route53", "vpc-lattice")}
    told = {
        topic for name, model in services.items() for action in model.operation_names for topic in topics(name, action)
    }
    assert told == {*TOPICS, NEW_VPCS}


HERE = Location("", "eu-west-1")


class Recorder:
    """A reader that notes what it is asked for."""

    def __init__(self, place: Location, log: list[tuple[Location, frozenset[str]]], failures: int = 0) -> None:
        self.place = place
        self.answers = ApiResponses(place.region)
        self._log = log
        self.failures = failures

    def read(self, wanted: frozenset[str]) -> frozenset[str]:
        self._log.append((self.place, wanted))
        failed = wanted if self.failures else frozenset()
        self.failures = max(self.failures - 1, 0)
        return failed


@dataclass
class Looked:
    """A `Sync` at work, and what it has read."""

    sync: Sync
    log: list[tuple[Location, frozenset[str]]]
    published: list[NetworkModel]

    async def reads(self) -> list[tuple[Location, frozenset[str]]]:
        """Since last asked."""
        await self.sync.catch_up()
        seen = list(self.log)
        self.log.clear()
        return seen


@asynccontextmanager
async def looking(failures: int = 0) -> AsyncIterator[Looked]:
    log: list[tuple[Location, frozenset[str]]] = []
    published: list[NetworkModel] = []

    async def publish(world: NetworkModel) -> None:
        published.append(world)

    sync = Sync(lambda place: Recorder(place, log, failures), publish, lambda seconds: seconds)
    task = asyncio.create_task(sync.run())
    try:
        yield Looked(sync, log, published)
    finally:
        task.cancel()


async def test_a_burst_of_calls_is_read_once_and_a_new_place_whole() -> None:
    async with looking() as looked:
        looked.sync.wake(HERE, frozenset({"instances"}))
        assert await looked.reads() == [(HERE, REGIONAL_TOPICS)]
        for topic in ("instances", "targets", "instances"):
            looked.sync.wake(HERE, frozenset({topic}))
        assert await looked.reads() == [(HERE, {"instances", "targets"})]
        assert looked.published == []  # nothing had changed


async def test_what_could_not_be_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pltui.emulator.network.sync._RETRY", 0.01)
    async with looking(failures=2) as looked, asyncio.timeout(10):
        looked.sync.wake(HERE)
        while len(looked.log) < 3:
            await looked.sync.catch_up()
            await asyncio.sleep(0)
        assert looked.log == [(HERE, REGIONAL_TOPICS)] * 3


async def test_what_could_not_be_read_is_not_forgotten_when_a_call_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pltui.emulator.network.sync._RETRY", 3600.0)
    async with looking(failures=1) as looked, asyncio.timeout(10):
        looked.sync.wake(HERE)
        await looked.sync.catch_up()
        looked.sync.wake(HERE, frozenset({"instances"}))
        await looked.sync.catch_up()
        assert [wanted for _, wanted in looked.log] == [HERE.topics, HERE.topics]


async def test_what_both_sides_of_a_connection_see_is_read_in_every_account() -> None:
    other, zones = Location("222233334444", "eu-west-1"), Location("", GLOBAL)
    async with looking() as looked:
        for place in (HERE, other, zones):
            looked.sync.wake(place)
        await looked.reads()
        looked.sync.note_call(HERE, "ec2", "AcceptVpcEndpointConnections")
        assert dict(await looked.reads()) == {
            HERE: {"endpoints", "connections", "interfaces"},
            other: {"endpoints", "connections"},
        }
        looked.sync.note_call(HERE, "ec2", "StopInstances")
        assert {place for place, _ in await looked.reads()} == {HERE}
        looked.sync.note_call(Location(other.account, "us-east-1"), "route53", "AssociateVPCWithHostedZone")
        assert dict(await looked.reads()) == {Location(other.account, GLOBAL): {"zones"}, zones: {"zones"}}


async def test_after_a_reset_nothing_of_before_is_known() -> None:
    async with looking() as looked:
        looked.sync.wake(HERE)
        await looked.reads()
        again = Location("222233334444", "eu-west-1")
        looked.sync.start_over([again])
        assert await looked.reads() == [(again, REGIONAL_TOPICS)]
        assert looked.sync.places == (again,)


async def test_of_too_many_places_the_one_touched_longest_ago_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pltui.emulator.network.sync.MOST_PLACES", 2)
    first, second, third = (Location("", region) for region in ("eu-west-1", "eu-west-2", "eu-west-3"))
    async with looking() as looked:
        for place in (first, second, first, third):
            looked.sync.wake(place, frozenset({"vpcs"}))
            await looked.reads()
        assert looked.sync.places == (first, third)


QUIET = ApiResponses("r", instances=({"State": {"Name": "running"}},))


@pytest.mark.parametrize(
    ("topic", "item", "expected"),
    [
        ("instances", {"State": {"Name": "pending"}}, {"instances"}),
        ("endpoints", {"State": "pendingAcceptance"}, set()),
        ("endpoints", {"State": "pending"}, {"endpoints", "interfaces", "associations"}),
        ("endpoints", {"State": "Pending"}, {"endpoints", "interfaces", "associations"}),
        ("connections", {"VpcEndpointState": "pending"}, {"connections"}),
        ("services", {"ServiceState": "Pending"}, {"services"}),
        ("load_balancers", {"State": {"Code": "provisioning"}}, {"load_balancers", "interfaces"}),
        ("nat_gateways", {"State": "deleting"}, {"nat_gateways", "interfaces", "route_tables"}),
        ("peerings", {"Status": {"Code": "initiating-request"}}, {"peerings", "route_tables"}),
        ("peerings", {"Status": {"Code": "pending-acceptance"}}, set()),
        ("resource_gateways", {"status": "CREATE_IN_PROGRESS"}, {"resource_gateways", "interfaces"}),
        ("resource_configurations", {"status": "ACTIVE"}, set()),
    ],
)
def test_states_that_pass_by_themselves_are_looked_at_again(
    topic: str, item: dict[str, object], expected: set[str]
) -> None:
    assert changing_topics(QUIET) == frozenset()
    assert changing_topics(replace(QUIET, **{topic: (item,)})) == expected


def test_a_draining_target_is_looked_at_until_it_is_gone() -> None:
    draining = ({"TargetHealth": {"State": "draining"}},)
    assert changing_topics(replace(QUIET, targets={"arn": draining})) == {"targets"}


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("level", ["load balancer", "target group"])
def test_nodes_follow_the_switch_a_while_after_the_api_shows_it(level: str) -> None:
    time = Time()
    lag = Lag(Clock(1.0, time))

    def seen(value: bool) -> NetworkModel:
        return lab(cross_zone=value) if level == "load balancer" else lab(by_group=value)

    def in_force(world: NetworkModel) -> bool | None:
        switched = world.load_balancers["nlb"] if level == "load balancer" else world.target_groups[GROUP]
        return switched.cross_zone

    assert in_force(lag.apply(seen(False))) is False
    assert lag.next_change() is None
    assert in_force(lag.apply(seen(True))) is False
    assert lag.next_change() == PROPAGATION
    time.now = PROPAGATION - 1
    assert in_force(lag.apply(seen(True))) is False
    time.now = PROPAGATION
    assert in_force(lag.apply(seen(True))) is True
    assert lag.next_change() is None


def test_a_switch_turned_back_in_time_never_took_effect() -> None:
    time = Time()
    lag = Lag(Clock(1.0, time))
    lag.apply(lab(cross_zone=False))
    lag.apply(lab(cross_zone=True))
    time.now = 1.0
    lag.apply(lab(cross_zone=False))
    time.now = 2 * PROPAGATION
    assert lag.apply(lab(cross_zone=False)).load_balancers["nlb"].cross_zone is False
    assert lag.next_change() is None


async def test_a_world_that_could_not_be_published_is_published_at_the_next_read() -> None:
    published: list[NetworkModel] = []

    async def publish(world: NetworkModel) -> None:
        published.append(world)
        if len(published) == 1:
            raise OSError("too many open files")

    def reader(place: Location) -> Recorder:
        made = Recorder(place, [])
        made.answers = replace(made.answers, vpcs=({"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"},))
        return made

    sync = Sync(reader, publish, lambda seconds: seconds)
    task = asyncio.create_task(sync.run())
    for _ in range(3):
        sync.wake(HERE, frozenset({"vpcs"}))
        await sync.catch_up()
    task.cancel()
    assert [list(world.vpcs) for world in published] == [["vpc-1"], ["vpc-1"]]


def test_answers_without_a_state_are_taken_for_settled() -> None:
    answers = ApiResponses("eu-west-1", instances=({},), load_balancers=({"State": None},), targets={"tg": ({},)})
    assert changing_topics(answers) == frozenset()


@pytest.mark.parametrize(
    ("region", "expected", "asked"),
    [
        ("eu-west-1", "global", "us-east-1"),
        ("us-gov-east-1", "global aws-us-gov", "us-gov-east-1"),
        ("cn-northwest-1", "global aws-cn", "cn-north-1"),
        ("no-such-region", "global", "us-east-1"),
    ],
)
def test_each_partition_has_global_services_of_its_own(region: str, expected: str, asked: str) -> None:
    place = Location("222233334444", region).of_global_services()
    assert place == Location("222233334444", expected)
    assert place.of_global_services() == place
    assert place.topics == {"zones"}
    assert place.asked_region() == asked
    assert Location("", region).asked_region() == region
