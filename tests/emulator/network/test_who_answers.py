"""Who answers through an endpoint: both cross-zone switches, health, acceptance and the way to the server."""

import asyncio

import pytest

from tests.emulator.network.conftest import Sandbox
from tests.emulator.network.lab import Provider

ALL = {"Subnet 1", "Subnet 2", "Subnet 3"}
NAME = "web.example.local"


@pytest.mark.fidelity(
    "A target group that has cross-zone load balancing off keeps to each node's zone, though its load balancer has it"
    " on",
    source="elbv2 API reference, TargetGroupAttribute, load_balancing.cross_zone.enabled",
)
async def test_the_groups_off_wins_over_the_load_balancers_on(sandbox: Sandbox) -> None:
    provider, _ = await sandbox.lab()
    await sandbox.change(provider.cross_zone, True)
    assert await sandbox.caller.answers("client", NAME, 60) == ALL
    off = [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]
    modify = provider.clients.elbv2.modify_target_group_attributes
    await sandbox.change(modify, TargetGroupArn=provider.targets, Attributes=off)
    assert await sandbox.caller.answers("client", NAME, 30) == {"Subnet 1"}


@pytest.mark.fidelity(
    "Targets in a zone that the load balancer has not enabled get nothing, with cross-zone load balancing on or off",
    source="ELB user guide, How Elastic Load Balancing works, Availability Zones",
)
async def test_a_zone_that_is_not_enabled_never_answers(sandbox: Sandbox) -> None:
    provider = await asyncio.to_thread(lambda: Provider(sandbox.clients, "provider").build().serve((1, 2)))
    await sandbox.consumer(provider.service)
    await sandbox.healthy(provider, 2)
    assert provider.health()[provider.servers[2]] == "unused"
    assert await sandbox.caller.answers("client", NAME, 30) == {"Subnet 1"}
    await sandbox.change(provider.cross_zone, True)
    assert await sandbox.caller.answers("client", NAME, 60) == {"Subnet 1", "Subnet 2"}


@pytest.mark.fidelity(
    "While all targets are unhealthy, all of them get traffic: those of the node's zone with cross-zone load balancing"
    " off, and every one with it on",
    source="NLB user guide, Health checks for your target groups: the load balancer fails open",
)
async def test_with_all_targets_unhealthy_all_are_tried(sandbox: Sandbox) -> None:
    provider, _ = await sandbox.lab()
    await asyncio.to_thread(provider.admit, provider.group, 81)
    check = {"TargetGroupArn": provider.targets, "HealthCheckPort": "81"}
    await asyncio.to_thread(provider.clients.elbv2.modify_target_group, **check)
    await sandbox.until(lambda: set(provider.health().values()) == {"unhealthy"})
    await sandbox.network.catch_up()
    assert await sandbox.caller.answers("client", NAME, 30) == {"Subnet 1"}
    await sandbox.change(provider.cross_zone, True)
    assert await sandbox.caller.answers("client", NAME, 60) == ALL


@pytest.mark.fidelity(
    "An endpoint carries packets only while its connection is accepted: none before, none once it is rejected",
    source="PrivateLink guide, accept or reject connection requests",
)
async def test_packets_pass_from_acceptance_to_rejection(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    ec2 = provider.clients.ec2
    service = {"ServiceId": provider.service.rpartition(".")[2]}
    await asyncio.to_thread(ec2.modify_vpc_endpoint_service_configuration, **service, AcceptanceRequired=True)
    consumer = await sandbox.consumer(provider.service)
    await sandbox.healthy(provider)
    decided = {**service, "VpcEndpointIds": [consumer.endpoint]}
    assert (await sandbox.caller.get("client", NAME, patience=0.3)).reply is None
    await sandbox.change(ec2.accept_vpc_endpoint_connections, **decided)
    assert (await sandbox.caller.get("client", NAME)).body == "Subnet 1"
    await sandbox.change(ec2.reject_vpc_endpoint_connections, **decided)
    assert (await sandbox.caller.get("client", NAME, patience=0.3)).reply is None


@pytest.mark.fidelity(
    "What comes by an endpoint reaches the server from the load balancer node's address: a server that admits the nodes"
    " alone answers, one that does not is not reached",
    source="NLB user guide, Client IP preservation: no effect on traffic from PrivateLink",
)
async def test_a_server_that_admits_the_nodes_alone_answers(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    await sandbox.consumer(provider.service)
    ec2 = provider.clients.ec2
    nodes = await asyncio.to_thread(
        lambda: ec2.describe_network_interfaces(
            Filters=[{"Name": "interface-type", "Values": ["network_load_balancer"]}]
        )["NetworkInterfaces"]
    )
    await asyncio.to_thread(provider.bar, provider.group, 80)
    for node in nodes:
        await asyncio.to_thread(provider.admit, provider.group, 80, f"{node['PrivateIpAddress']}/32")
    await sandbox.healthy(provider)
    assert (await sandbox.caller.get("client", NAME)).body == "Subnet 1"
    for node in nodes:
        await sandbox.change(provider.bar, provider.group, 80, f"{node['PrivateIpAddress']}/32")
    assert (await sandbox.caller.get("client", NAME, patience=0.3)).reply is None


@pytest.mark.fidelity(
    "A port that the group admits but no server listens on is refused at once; one that it blocks gets no answer",
    source="RFC 9293, section 3.5.2; VPC user guide, Security groups",
)
async def test_a_closed_port_is_refused_and_a_barred_one_is_silent(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    await asyncio.to_thread(provider.admit, provider.group, 81)
    await sandbox.healthy(provider)
    server = await asyncio.to_thread(provider.address, provider.servers[2])
    assert (await sandbox.caller.get("server-1", server, 81)).reply == 5
    assert (await sandbox.caller.get("server-1", server, 82, patience=0.3)).reply is None


def listen_to_datagrams(provider: Provider, port: int) -> None:
    """On its load balancer, for its servers."""
    elbv2 = provider.clients.elbv2
    group = elbv2.create_target_group(Name="datagrams", Protocol="UDP", Port=port, VpcId=provider.vpc)
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": each} for each in provider.servers])
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    elbv2.create_listener(LoadBalancerArn=provider.balancer, Protocol="UDP", Port=port, DefaultActions=forward)


@pytest.mark.fidelity(
    "A UDP listener carries datagrams",
    source="NLB user guide, Listeners",
    differs="the network carries TCP only: the API takes the listener, TCP to it is refused as on AWS, and the SOCKS"
    " proxy accepts no datagrams",
)
async def test_a_udp_listener_is_taken_and_carries_nothing(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    consumer = await sandbox.consumer(provider.service)
    await asyncio.to_thread(consumer.admit, consumer.endpoint_group, 53)
    await asyncio.to_thread(listen_to_datagrams, provider, 53)
    await sandbox.healthy(provider)
    assert (await sandbox.caller.get("client", NAME, 53)).reply == 5


@pytest.mark.fidelity(
    "An application load balancer forwards HTTP to its targets",
    source="Application Load Balancer user guide",
    differs="the API knows application load balancers, and the network carries nothing through them: their names do not"
    " resolve",
)
async def test_application_load_balancers_carry_nothing(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    subnets = provider.subnets
    made = await asyncio.to_thread(
        lambda: provider.clients.elbv2.create_load_balancer(
            Name="web", Type="application", Scheme="internal", Subnets=subnets
        )["LoadBalancers"][0]
    )
    await sandbox.healthy(provider)
    assert (await sandbox.caller.get("server-1", made["DNSName"])).reply == 4
