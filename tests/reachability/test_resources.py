"""PrivateLink without a load balancer: an endpoint to a VPC Lattice resource configuration."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pltui.reachability.codes import Code
from pltui.reachability.world import HostedZone, Record
from tests.builders.networks import ENTRY, ask, but, group, only, plus, resource, tcp

LATTICE = "VPC Lattice user guide, Resource gateways"


@pytest.mark.fidelity(
    "Behind an endpoint of type Resource the server sees the resource gateway's address", source=LATTICE
)
def test_a_resource_sees_the_gateway() -> None:
    world = plus(resource(), "security_groups", group("sg-web", tcp(80, "10.0.0.30/32")))
    path = only(ask(but(world, "instances", "i-0", groups=("sg-web",))))
    assert (path.server, path.source, path.weight) == ("i-0", "10.0.0.30", 1)


@pytest.mark.fidelity("A resource configuration has one target, and looks at no health", source=LATTICE)
def test_a_resource_has_no_health() -> None:
    assert ask(resource(), health={}).answer_shares("server") == {"i-0": 1}


@pytest.mark.fidelity("Gateway and endpoint need a zone in common", source=LATTICE)
def test_the_gateway_must_be_in_the_endpoints_zone() -> None:
    gateway = resource().resource_gateways["rgw-1"]
    elsewhere = tuple(replace(each, zone_id="az2") for each in gateway.interfaces)
    found = ask(but(resource(), "resource_gateways", "rgw-1", interfaces=elsewhere))
    assert found.code is Code.VPCE_SERVICE_NOT_INSTALLED_IN_AZ


@pytest.mark.fidelity("A resource may be a domain name", source="VPC Lattice API reference, DnsResource")
def test_a_resource_by_name_is_resolved_in_its_own_vpc() -> None:
    world = resource("db.internal")
    assert ask(world).verdict == "unresolved"
    record = Record("db.internal", "A", 60, ("10.0.0.100",))
    known = replace(world, zones=(HostedZone("z", "internal", frozenset({"provider"}), (record,)),))
    assert ask(known).answer_shares("server") == {"i-0": 1}


def test_the_gateway_takes_no_connections_itself() -> None:
    assert not ask(resource(), IPv4Address("10.0.0.30"), client="i-1").open_paths


def test_resources_in_a_circle_end() -> None:
    world = resource(str(ENTRY))
    gateway = replace(world.resource_gateways["rgw-1"], vpc="consumer")
    assert not ask(replace(world, resource_gateways={"rgw-1": gateway})).open_paths
