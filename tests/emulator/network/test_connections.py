"""What becomes of an established connection when the world around it changes."""

import asyncio
import errno
import logging
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from pltui.reachability.load_balancer import Target
from pltui.reachability.world import AclEntry, NetworkAcl, SecurityGroup
from tests.builders.networks import ANYTHING, GROUP, address
from tests.emulator.network.wire import ENDPOINT, Wire

ALLOW = (
    AclEntry(100, True, False, "-1", IPv4Network("0.0.0.0/0")),
    AclEntry(100, True, True, "-1", IPv4Network("0.0.0.0/0")),
)
DENY = (AclEntry(50, False, True, "6", IPv4Network("0.0.0.0/0")), *ALLOW)


@pytest.mark.fidelity(
    "An established connection keeps its target when cross-zone load balancing is switched; new ones follow the switch",
    source="NLB user guide, Flow hash algorithm: each TCP connection is routed to one target for its life",
)
async def test_an_established_connection_keeps_its_target_when_the_switch_flips(wire: Wire) -> None:
    talk = await wire.talk()
    assert await talk.get() == "Subnet 0"
    await wire.alter("load_balancers", "nlb", cross_zone=True)
    await wire.passes(60)
    assert {await talk.get() for _ in range(20)} == {"Subnet 0"}
    assert await wire.caller.answers("client", ENDPOINT, 60) == {"Subnet 0", "Subnet 1", "Subnet 2"}


@pytest.mark.fidelity(
    "A draining target keeps its connections, and goes on keeping them once the deregistration delay is over",
    source="NLB user guide, Edit target group attributes, Deregistration delay",
)
async def test_a_connection_outlives_its_targets_deregistration(wire: Wire) -> None:
    talk = await wire.talk()
    await wire.alter("load_balancers", "nlb", cross_zone=True)
    group = wire.world.target_groups[GROUP]
    draining = (replace(group.targets[0], draining=True), *group.targets[1:])
    await wire.alter("target_groups", GROUP, targets=draining)
    await wire.passes(60)
    assert await talk.get() == "Subnet 0"
    assert await wire.caller.answers("client", ENDPOINT, 40) == {"Subnet 1", "Subnet 2"}
    await wire.alter("target_groups", GROUP, targets=group.targets[1:])
    assert await talk.get() == "Subnet 0"


@pytest.mark.fidelity(
    "With connection termination on deregistration, connections are closed once the deregistration delay is over",
    source="NLB user guide, Edit target group attributes, deregistration_delay.connection_termination.enabled",
)
async def test_connections_end_with_the_delay_where_termination_is_on(wire: Wire) -> None:
    await wire.alter("target_groups", GROUP, terminate_on_deregistration=True)
    talk = await wire.talk()
    group = wire.world.target_groups[GROUP]
    await wire.alter("target_groups", GROUP, targets=(replace(group.targets[0], draining=True), *group.targets[1:]))
    await wire.passes(60)
    assert await talk.get() == "Subnet 0"
    await wire.alter("target_groups", GROUP, targets=group.targets[1:])
    with pytest.raises(ConnectionResetError):
        await talk.get()


async def close_servers(wire: Wire) -> None:
    """Health checks are new connections, and fail; what is established goes on."""
    await wire.alter("security_groups", "servers", ingress=())


@pytest.mark.fidelity(
    "A target found unhealthy loses its connections by a reset",
    source="NLB user guide, Edit target group attributes, target_health_state.unhealthy.connection_termination.enabled",
)
async def test_an_unhealthy_targets_connections_are_reset(wire: Wire) -> None:
    await wire.alter("load_balancers", "nlb", cross_zone=True)
    await wire.passes(60)
    talk = await wire.talk()
    server = wire.world.instances[f"i-{(await talk.get())[-1]}"]
    shut = SecurityGroup("shut", (), ANYTHING)
    await wire.change(security_groups={"shut": shut}, instances={server.id: replace(server, groups=("shut",))})
    await wire.until(lambda: wire.health(server.id) == "unhealthy")
    with pytest.raises(ConnectionResetError):
        await talk.get()


@pytest.mark.fidelity(
    "With termination for unhealthy targets off, an unhealthy target keeps its connections",
    source="NLB user guide, Edit target group attributes, target_health_state.unhealthy.connection_termination.enabled",
)
async def test_an_unhealthy_target_keeps_its_connections_where_termination_is_off(wire: Wire) -> None:
    await wire.alter("target_groups", GROUP, terminate_unhealthy=False)
    await wire.alter("load_balancers", "nlb", cross_zone=True)
    await wire.passes(60)
    talk = await wire.talk()
    server = wire.world.instances[f"i-{(await talk.get())[-1]}"]
    shut = SecurityGroup("shut", (), ANYTHING)
    await wire.change(security_groups={"shut": shut}, instances={server.id: replace(server, groups=("shut",))})
    await wire.until(lambda: wire.health(server.id) == "unhealthy")
    assert (await talk.get())[-1] == server.id[-1]


@pytest.mark.fidelity(
    "When a node fails open, connections to its unhealthy targets are not cut",
    source="NLB user guide, Edit target group attributes, Connection termination for unhealthy targets",
)
async def test_failing_open_nothing_is_cut(wire: Wire) -> None:
    talk = await wire.talk()
    await close_servers(wire)
    await wire.until(lambda: {wire.health(f"i-{n}") for n in range(3)} == {"unhealthy"})
    assert await talk.get() == "Subnet 0"


@pytest.mark.fidelity(
    "A connection silent for longer than its listener's idle timeout is forgotten without a word; the next packet is"
    " answered with a reset",
    source="NLB user guide, Connection idle timeout; elbv2 API reference, tcp.idle_timeout.seconds (350 s by default)",
)
async def test_after_the_idle_timeout_the_next_packet_is_answered_with_a_reset(wire: Wire) -> None:
    talk = await wire.talk()
    for _ in range(3):
        assert await talk.get() == "Subnet 0"
        await wire.passes(349)
    assert await talk.get() == "Subnet 0"
    await wire.passes(351)
    assert await talk.silent()
    with pytest.raises(ConnectionResetError):
        await talk.get()


async def test_the_idle_timeout_is_the_listeners(wire: Wire) -> None:
    balancer = wire.world.load_balancers["nlb"]
    await wire.alter("load_balancers", "nlb", listeners=(replace(balancer.listeners[0], idle_timeout=60),))
    talk = await wire.talk()
    await wire.passes(61)
    with pytest.raises(ConnectionResetError):
        await talk.get()


async def test_without_a_load_balancer_no_connection_times_out(wire: Wire) -> None:
    talk = await wire.talk("server-1", str(address("az1", 100)))
    await wire.passes(4000)
    assert await talk.get() == "Subnet 0"


@pytest.mark.fidelity(
    "Revoking a security group's rule does not interrupt the connections it tracks: all through load balancers"
    " and endpoints",
    source="EC2 user guide, Security group connection tracking",
)
@pytest.mark.parametrize("group", ["client", "endpoint", "servers"])
async def test_a_closed_group_leaves_established_connections_alone(wire: Wire, group: str) -> None:
    talk = await wire.talk()
    await wire.alter("security_groups", group, ingress=(), egress=())
    assert await talk.get() == "Subnet 0"
    assert (await wire.caller.get("client", ENDPOINT, patience=0.3)).reply is None


@pytest.mark.fidelity(
    "Removing the rule that admits all traffic interrupts the connections between machines that it left untracked",
    source="EC2 user guide, Security group connection tracking, Untracked connections",
    differs="They go on: all connections are tracked, so that fewer rules have to be known to understand the lab",
)
async def test_between_machines_too_every_connection_is_tracked(wire: Wire) -> None:
    talk = await wire.talk("server-1", str(address("az1", 100)))
    await close_servers(wire)
    assert await talk.get() == "Subnet 0"


@pytest.mark.fidelity(
    "A network ACL is stateless: a denial stops established connections at once, without a reset",
    source="VPC user guide, Network ACLs; EC2 user guide, Security group connection tracking",
)
@pytest.mark.parametrize("subnet", ["consumer-az1", "provider-az1"])
async def test_a_network_acl_stalls_an_established_connection_and_it_goes_on_when_mended(
    wire: Wire, subnet: str
) -> None:
    """Cross-zone is on and the server elsewhere, so that the provider's packets leave the node's subnet."""
    await wire.alter("target_groups", GROUP, targets=(Target("i-1", 80),))
    await wire.alter("load_balancers", "nlb", cross_zone=True)
    await wire.passes(60)
    talk = await wire.talk()
    vpc = subnet.partition("-")[0]
    # The endpoint is in the client's own subnet, so the consumer's ACL is passed only once the client moves away.
    await wire.alter("instances", "i-client", subnet="consumer-az2", address=address("az2", 100))
    await wire.change(network_acls={"acl": NetworkAcl("acl", vpc, frozenset({subnet}), DENY)})
    talk.ask()
    assert await talk.silent()
    await wire.change(network_acls={"acl": NetworkAcl("acl", vpc, frozenset({subnet}), ALLOW)})
    assert await talk.answer() == "Subnet 1"


@pytest.mark.fidelity(
    "When a service's owner rejects an endpoint's connection, its packets stop",
    source="EC2 API reference, RejectVpcEndpointConnections",
)
async def test_a_rejected_endpoint_carries_no_more_packets(wire: Wire) -> None:
    talk = await wire.talk()
    await wire.alter("endpoints", "vpce-1", state="rejected")
    talk.ask()
    assert await talk.silent()
    await wire.alter("endpoints", "vpce-1", state="available")
    assert await talk.answer() == "Subnet 0"


async def test_with_its_endpoint_gone_a_connection_is_never_heard_of_again(wire: Wire) -> None:
    talk = await wire.talk()
    wire.world = replace(wire.world, endpoints={})
    await wire.network.follow(wire.world)
    talk.ask()
    assert await talk.silent()


async def test_a_server_that_stops_takes_its_connections_along(wire: Wire) -> None:
    talk = await wire.talk()
    await wire.alter("instances", "i-0", state="stopping")
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await talk.get()


async def test_a_client_that_is_terminated_takes_its_connections_along(wire: Wire) -> None:
    talk = await wire.talk()
    instances = {id_: each for id_, each in wire.world.instances.items() if id_ != "i-client"}
    wire.world = replace(wire.world, instances=instances)
    await wire.network.follow(wire.world)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await talk.get()


async def test_what_is_established_is_counted_and_forgotten_when_it_ends(wire: Wire) -> None:
    talks = [await wire.talk() for _ in range(5)]
    assert wire.network.established_connections == 5
    for talk in talks:
        talk.writer.close()
    await wire.until(lambda: wire.network.established_connections == 0)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
async def test_a_lack_of_file_descriptors_is_named_and_is_no_closed_port(
    wire: Wire, number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def lacking(_factory: Any, host: str, port: int) -> None:
        raise OSError(number, "Too many open files")

    caplog.set_level(logging.INFO)
    with monkeypatch.context() as patch:
        patch.setattr("pltui.emulator.network.fabric._create_connection", lacking)
        assert (await wire.caller.get("client", ENDPOINT)).reply == 1  # general failure (RFC 1928)
        await wire.passes(600)
        assert wire.health("i-0") == "healthy", "a check that could not be made is no failed one"
    assert "the sandbox has too many open files" in caplog.text
    assert "closed its port" not in caplog.text
    assert (await wire.caller.get("client", ENDPOINT)).body.startswith("Subnet")
