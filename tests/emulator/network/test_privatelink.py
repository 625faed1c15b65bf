"""From a client's machine through an endpoint to the servers: over real sockets, in a lab made by plain API calls."""

import asyncio

import httpx
import pytest

from tests.emulator.network.conftest import Sandbox

ALL = {"Subnet 1", "Subnet 2", "Subnet 3"}
NAME = "web.example.local"


@pytest.mark.fidelity(
    "An endpoint in one zone reaches only that zone's targets while cross-zone load balancing is off, and"
    " all targets while it is on",
    source=("ELB user guide, Cross-zone load balancing; PrivateLink guide, Create an endpoint service"),
)
async def test_with_cross_zone_off_only_the_endpoints_zone_answers_and_with_it_on_all_do(sandbox: Sandbox) -> None:
    provider, _ = await sandbox.lab()
    assert await sandbox.caller.answers("client", NAME, 30) == {"Subnet 1"}
    await sandbox.change(provider.cross_zone, True)
    assert await sandbox.caller.answers("client", NAME, 60) == ALL
    await sandbox.change(provider.cross_zone, False)
    assert await sandbox.caller.answers("client", NAME, 30) == {"Subnet 1"}


@pytest.mark.fidelity(
    "The target group's own cross-zone setting wins over the load balancer's",
    source="elbv2 API reference, TargetGroupAttribute",
)
async def test_the_target_groups_switch_wins_over_the_load_balancers(sandbox: Sandbox) -> None:
    provider, _ = await sandbox.lab()
    switch = {"Key": "load_balancing.cross_zone.enabled", "Value": "true"}
    await sandbox.change(
        provider.clients.elbv2.modify_target_group_attributes, TargetGroupArn=provider.targets, Attributes=[switch]
    )
    assert await sandbox.caller.answers("client", NAME, 60) == ALL


@pytest.mark.fidelity(
    "A stopped target gets no connections, and gets them again once it has started and is healthy",
    source="NLB user guide, Health checks for your target groups",
)
async def test_a_stopped_server_drops_out_and_comes_back(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    await sandbox.consumer(provider.service)
    provider.cross_zone(True)
    await sandbox.healthy(provider)
    stopped = [provider.servers[1]]
    await asyncio.to_thread(provider.clients.ec2.stop_instances, InstanceIds=stopped)
    await sandbox.healthy(provider, 2)
    await sandbox.network.catch_up()
    assert await sandbox.caller.answers("client", NAME, 40) == {"Subnet 1", "Subnet 3"}
    await asyncio.to_thread(provider.clients.ec2.start_instances, InstanceIds=stopped)
    await sandbox.healthy(provider, 3)
    assert await sandbox.caller.answers("client", NAME, 60) == ALL


@pytest.mark.fidelity(
    "A target whose security group does not admit the nodes' addresses is unhealthy; with none healthy,"
    " packets are still sent and vanish there",
    source="NLB user guide, Health checks for your target groups",
)
async def test_a_target_is_unhealthy_when_its_group_bars_the_nodes(sandbox: Sandbox) -> None:
    provider, _ = await sandbox.lab()
    await asyncio.to_thread(provider.bar, provider.group, 80)
    await sandbox.until(lambda: set(provider.health().values()) == {"unhealthy"})
    # Failing open, the node still tries them: the packet vanishes at the server's group.
    assert (await sandbox.caller.get("client", NAME, patience=0.3)).reply is None


@pytest.mark.fidelity(
    "Targets of a group that no listener uses are unused",
    source="elbv2 API reference, TargetHealth, Target.NotInUse",
)
async def test_targets_become_healthy_only_behind_a_listener(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    await sandbox.healthy(provider)
    await asyncio.to_thread(provider.clients.elbv2.delete_listener, ListenerArn=provider.listener)
    await sandbox.until(lambda: set(provider.health().values()) == {"unused"})


@pytest.mark.fidelity(
    "A deregistered target gets no new connections",
    source="NLB user guide, Edit target group attributes, Deregistration delay",
)
async def test_a_deregistered_target_gets_no_new_connections(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    await sandbox.consumer(provider.service)
    provider.cross_zone(True)
    await sandbox.healthy(provider)
    await sandbox.change(
        provider.clients.elbv2.deregister_targets,
        TargetGroupArn=provider.targets,
        Targets=[{"Id": provider.servers[0]}],
    )
    assert await sandbox.caller.answers("client", NAME, 40) == {"Subnet 2", "Subnet 3"}


@pytest.mark.fidelity(
    "What an endpoint's security group does not admit is dropped without an answer",
    source="VPC user guide, Security groups; PrivateLink guide",
)
async def test_what_the_endpoints_group_bars_is_dropped_not_refused(sandbox: Sandbox) -> None:
    _, consumer = await sandbox.lab()
    await sandbox.change(consumer.bar, consumer.endpoint_group, 80)
    assert (await sandbox.caller.get("client", NAME, patience=0.3)).reply is None


async def test_a_connection_tried_while_the_way_opens_comes_through(sandbox: Sandbox) -> None:
    _, consumer = await sandbox.lab()
    await sandbox.change(consumer.bar, consumer.endpoint_group, 80)
    waiting = asyncio.create_task(sandbox.caller.get("client", NAME, patience=20))
    await asyncio.to_thread(consumer.admit, consumer.endpoint_group, 80)
    assert (await waiting).body == "Subnet 1"


@pytest.mark.fidelity(
    "A security group's rule may name a group instead of addresses",
    source="VPC user guide, Security group rules",
)
async def test_a_group_may_be_admitted_instead_of_addresses(sandbox: Sandbox) -> None:
    _, consumer = await sandbox.lab()
    await asyncio.to_thread(consumer.bar, consumer.endpoint_group, 80)
    by_group = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": consumer.group}]}
    await sandbox.change(
        consumer.clients.ec2.authorize_security_group_ingress, GroupId=consumer.endpoint_group, IpPermissions=[by_group]
    )
    assert (await sandbox.caller.get("client", NAME)).body == "Subnet 1"


@pytest.mark.fidelity(
    "A port for which the load balancer has no listener is refused at once",
    source="NLB user guide, Listeners",
)
async def test_a_port_nobody_listens_on_is_refused(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    consumer = await sandbox.consumer(provider.service)
    await sandbox.change(consumer.admit, consumer.endpoint_group, 81)
    assert (await sandbox.caller.get("client", NAME, 81)).reply == 5


@pytest.mark.fidelity(
    "A name that a private zone lacks is NXDOMAIN; an address that nothing has, or without a route to it, gives no"
    " answer at all",
    source=(
        "Route 53 developer guide, Considerations when working with a private hosted zone; VPC user guide, Route tables"
    ),
)
async def test_a_missing_name_is_told_apart_from_a_missing_answer(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    consumer = await sandbox.consumer(provider.service)
    await sandbox.network.catch_up()
    assert (await sandbox.caller.get("client", "nothing.example.local")).reply == 4
    unused = "10.0.1.250"
    assert (await sandbox.caller.get("client", unused, patience=0.3)).reply is None
    assert (await sandbox.caller.get("client", "192.0.2.1", patience=0.3)).reply is None
    off = {"EnableDnsSupport": {"Value": False}}
    await sandbox.change(consumer.clients.ec2.modify_vpc_attribute, VpcId=consumer.vpc, **off)
    assert (await sandbox.caller.get("client", NAME)).reply == 4


@pytest.mark.fidelity(
    "VPCs with the same CIDR never see each other's addresses, and each reaches the service by an endpoint of its own",
    source="PrivateLink guide, Concepts",
)
async def test_two_consumers_with_the_same_addresses_never_meet(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    first = await sandbox.consumer(provider.service, "first", (1,))
    second = await sandbox.consumer(provider.service, "second", (2, 3))
    await sandbox.healthy(provider)
    assert await sandbox.caller.answers("first", NAME, 20) == {"Subnet 1"}
    assert await sandbox.caller.answers("second", NAME, 40) == {"Subnet 2", "Subnet 3"}
    # The other VPCs' addresses are of this one's CIDR too, and nobody is there.
    own = first.address(first.client)
    for other in {provider.address(provider.servers[2]), second.address(second.client)} - {own}:
        assert (await sandbox.caller.get("first", other, patience=0.3)).reply is None


@pytest.mark.fidelity(
    "What a machine's security group does not admit is dropped; machines of one VPC reach"
    " each other and the load balancer",
    source="VPC user guide, Security groups",
)
async def test_machines_of_one_vpc_reach_each_other_and_its_load_balancer(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    await sandbox.healthy(provider)
    reached = await sandbox.caller.get("server-1", provider.address(provider.servers[2]))
    assert reached.body == "Subnet 3"
    assert reached.bound == provider.address(provider.servers[2])
    assert (await sandbox.caller.get("server-1", provider.address(provider.servers[2]), 81, patience=0.3)).reply is None
    visitor = await asyncio.to_thread(provider.machine, "visitor", 2)
    await sandbox.until(lambda: visitor in sandbox.network.world.instances)
    assert await sandbox.caller.answers("visitor", provider.balancer_name, 60) == ALL


async def test_the_user_name_must_say_one_running_machine(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    _, consumer = await sandbox.lab()
    assert (await sandbox.caller.get(consumer.client, NAME)).body == "Subnet 1"
    with pytest.raises(PermissionError):
        await sandbox.caller.get("nobody", NAME)
    twin = await sandbox.change(consumer.machine, "client", 2)
    await sandbox.until(lambda: twin in sandbox.network.world.instances)
    with caplog.at_level("INFO"), pytest.raises(PermissionError):
        await sandbox.caller.get("client", NAME)
    assert twin in caplog.text
    assert consumer.client in caplog.text


async def test_each_connection_counts_as_use(sandbox: Sandbox) -> None:
    before = sandbox.used
    for _ in range(3):
        with pytest.raises(PermissionError):
            await sandbox.caller.get("nobody", NAME)
    assert sandbox.used - before == 3


async def test_an_ordinary_http_client_gets_through(sandbox: Sandbox) -> None:
    await sandbox.lab()
    async with httpx.AsyncClient(proxy=f"socks5://client:any@{sandbox.network.socks}", trust_env=False) as client:
        response = await client.get(f"http://{NAME}/")
        assert (response.status_code, response.text) == (200, "Subnet 1\n")
        assert (await client.get(f"http://{NAME}/nothing")).status_code == 404


@pytest.mark.fidelity(
    "One TCP connection is served by one target for its whole life",
    source="NLB user guide, Flow hash algorithm",
)
async def test_an_established_connection_keeps_its_server(sandbox: Sandbox) -> None:
    provider, _ = await sandbox.lab()
    reader, writer, _ = await sandbox.caller.open("client", NAME)
    provider.cross_zone(True)
    await sandbox.network.catch_up()
    for _ in range(20):
        writer.write(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert await reader.readexactly(len("Subnet 1\n")) == b"Subnet 1\n"
    writer.close()
