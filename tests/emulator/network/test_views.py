"""The same lab seen from different machines: each gets what AWS would give it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from pltui.reachability.world import EndpointInterface, Instance, Subnet, Vpc
from tests.builders.networks import address
from tests.emulator.network.wire import ENDPOINT, Wire, world

REGIONAL = "vpce-1-abcdefgh.vpce-svc-1.r.vpce.amazonaws.com"
BALANCER = "nlb.elb"


def lab() -> Wire:
    """Beside the consumer, another with its own endpoint in az2, and a VPC that has none; all are 10.0.0.0/16."""
    one = world()
    vpcs = {each: Vpc(each, "r", (IPv4Network("10.0.0.0/16"),)) for each in ("second", "stranger")}
    subnets = {each: Subnet(each, each, "az2", "az2", IPv4Network("10.0.1.0/24")) for each in vpcs}
    machines = {
        f"i-{each}": Instance(f"i-{each}", each, each, each, IPv4Address("10.0.1.100"), "running", ("client",))
        for each in vpcs
    }
    interface = EndpointInterface("eni-2", "second", "az2", "az2", IPv4Address("10.0.1.20"), ("endpoint",))
    named = replace(one.endpoints["vpce-1"], names=(REGIONAL,))
    second = replace(one.endpoints["vpce-1"], id="vpce-2", vpc="second", interfaces=(interface,))
    return Wire(
        replace(
            one,
            vpcs={**one.vpcs, **vpcs},
            subnets={**one.subnets, **subnets},
            instances={**one.instances, **machines},
            endpoints={"vpce-1": named, "vpce-2": second},
        )
    )


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = lab()
    await wire.open()
    yield wire
    await wire.close()


@pytest.mark.fidelity(
    "Each consumer reaches the service by its own endpoint, in the zone that has its interface",
    source="PrivateLink guide, Create an endpoint service",
)
async def test_each_consumer_is_led_to_its_own_endpoints_zone(wire: Wire) -> None:
    assert await wire.caller.answers("client", REGIONAL, 10) == {"Subnet 0"}
    assert await wire.caller.answers("second", "10.0.1.20", 10) == {"Subnet 1"}


@pytest.mark.fidelity(
    "An endpoint's name resolves in a VPC that has no such endpoint, but its address leads nowhere there",
    source="PrivateLink guide, DNS names for interface endpoints; VPC user guide, VPC CIDR blocks",
)
@pytest.mark.parametrize("machine", ["stranger", "second", "server-2"])
async def test_elsewhere_the_endpoints_address_is_nobodys(wire: Wire, machine: str) -> None:
    assert (await wire.caller.get(machine, REGIONAL, patience=0.4)).reply is None
    assert (await wire.caller.get(machine, ENDPOINT, patience=0.4)).reply is None


async def test_the_load_balancer_is_for_its_own_vpc(wire: Wire) -> None:
    node = str(address("az3", 10))
    assert (await wire.caller.get("server-0", node)).body == "Subnet 2"
    assert (await wire.caller.get("stranger", node, patience=0.4)).reply is None


@pytest.mark.fidelity(
    "With client IP preservation a target that is sent its own connection by its load balancer never gets an answer",
    source="NLB user guide, Troubleshoot, Requests time out from a target to its load balancer",
)
async def test_a_target_cannot_reach_itself_through_its_load_balancer(wire: Wire) -> None:
    node = str(address("az1", 10))
    assert (await wire.caller.get("server-0", node, patience=0.4)).reply is None
    assert (await wire.caller.get("server-1", node)).body == "Subnet 0"
    await wire.alter("target_groups", "tg", preserve_client_ip=False)
    assert (await wire.caller.get("server-0", node)).body == "Subnet 0"


async def test_a_machine_reaches_itself(wire: Wire) -> None:
    own = str(address("az1", 100))
    assert (await wire.caller.get("server-0", own)).body == "Subnet 0"
    assert (await wire.caller.get("server-0", own, 81)).reply == 5
