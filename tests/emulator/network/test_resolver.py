"""The view each VPC has of names, asked by real DNS messages."""

import asyncio

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from pltui.emulator.network.resolver import Resolver
from pltui.reachability.names import resolve
from pltui.reachability.world import HostedZone, NetworkModel, Record, Vpc
from tests.emulator.network.conftest import Sandbox
from tests.emulator.network.lab import ZONES, Consumer

NAME = "web.example.local"


async def ask(sandbox: Sandbox, vpc: str, name: str, rdtype: str = "A", *, tcp: bool = False) -> dns.message.Message:
    host, _, port = sandbox.network.dns[vpc].partition(":")
    by = dns.asyncquery.tcp if tcp else dns.asyncquery.udp
    return await by(dns.message.make_query(name, rdtype), host, port=int(port), timeout=2)


def addresses(message: dns.message.Message) -> list[str]:
    return [str(item) for rrset in message.answer if rrset.rdtype == dns.rdatatype.A for item in rrset]


def interfaces(consumer: Consumer) -> dict[str, str]:
    """Zone name -> the address of the endpoint's interface there."""
    found = consumer.clients.ec2.describe_network_interfaces()["NetworkInterfaces"]
    ids = consumer.clients.ec2.describe_vpc_endpoints()["VpcEndpoints"][0]["NetworkInterfaceIds"]
    return {each["AvailabilityZone"]: each["PrivateIpAddress"] for each in found if each["NetworkInterfaceId"] in ids}


@pytest.mark.fidelity(
    "An alias to an endpoint's regional name is answered with the addresses of all its interfaces, in changing order",
    source="PrivateLink guide, Access AWS services through PrivateLink; Route 53 developer guide, Alias records",
)
async def test_an_alias_is_answered_with_the_addresses_of_the_endpoints_interfaces(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    consumer = await sandbox.consumer(provider.service, subnets=(1, 3))
    await sandbox.network.catch_up()
    expected = set(interfaces(consumer).values())
    assert len(expected) == 2
    for tcp in (False, True):
        answer = await ask(sandbox, consumer.vpc, NAME, tcp=tcp)
        assert set(addresses(answer)) == expected
        assert answer.answer[0].ttl == 60
    firsts = {addresses(await ask(sandbox, consumer.vpc, NAME))[0] for _ in range(30)}
    assert firsts == expected


@pytest.mark.fidelity(
    "An endpoint's names are public DNS: they resolve in every VPC, a zonal one to its zone's interface only",
    source="PrivateLink guide, DNS names for interface endpoints",
)
async def test_endpoint_names_resolve_everywhere_zonal_ones_to_their_zone(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    consumer = await sandbox.consumer(provider.service, subnets=(1, 2))
    await sandbox.network.catch_up()
    by_zone = interfaces(consumer)
    names = [entry["DnsName"] for entry in consumer.entries()]
    assert set(addresses(await ask(sandbox, provider.vpc, names[0]))) == set(by_zone.values())
    for zone in ZONES[:2]:
        (zonal,) = [name for name in names if f"-{zone}." in name]
        assert addresses(await ask(sandbox, provider.vpc, zonal)) == [by_zone[zone]]


@pytest.mark.fidelity(
    "A private hosted zone is seen by the VPCs it is associated with and by no other",
    source="Route 53 developer guide, Working with private hosted zones",
)
async def test_a_private_zone_is_seen_by_its_own_vpcs_only(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    consumer = await sandbox.consumer(provider.service)
    await sandbox.network.catch_up()
    assert (await ask(sandbox, provider.vpc, NAME)).rcode() == dns.rcode.NXDOMAIN
    assert (await ask(sandbox, consumer.vpc, "missing.example.local")).rcode() == dns.rcode.NXDOMAIN
    assert (await ask(sandbox, consumer.vpc, "example.com")).rcode() == dns.rcode.NXDOMAIN


@pytest.mark.fidelity(
    "A name without a record of the type asked for gives an empty answer, not NXDOMAIN",
    source="Route 53 developer guide, Considerations when working with a private hosted zone; RFC 2308",
)
@pytest.mark.parametrize("tcp", [False, True])
async def test_a_known_name_has_no_ipv6_address_but_exists(sandbox: Sandbox, tcp: bool) -> None:
    provider = await sandbox.provider()
    consumer = await sandbox.consumer(provider.service)
    await sandbox.network.catch_up()
    answer = await ask(sandbox, consumer.vpc, NAME, "AAAA", tcp=tcp)
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])
    missing = await ask(sandbox, consumer.vpc, f"missing.{NAME}", tcp=tcp)
    assert (missing.rcode(), missing.answer) == (dns.rcode.NXDOMAIN, [])


@pytest.mark.fidelity(
    "An empty answer and NXDOMAIN carry the SOA record of the private zone the name is in",
    source="Route 53 developer guide, NS and SOA records; RFC 2308",
)
@pytest.mark.parametrize(("name", "rdtype"), [(NAME, "AAAA"), (f"missing.{NAME}", "A"), ("missing.example.local", "A")])
def test_a_negative_answer_carries_the_zones_soa_record(name: str, rdtype: str) -> None:
    soa = Record(
        "example.local", "SOA", 900, ("ns-1536.awsdns-00.co.uk. hostmaster.example. 1 7200 900 1209600 86400",)
    )
    zone = HostedZone("Z1", "example.local", frozenset({"vpc-1"}), (soa, Record(NAME, "A", 60, ("10.0.0.5",))))
    one = NetworkModel(vpcs={"vpc-1": Vpc("vpc-1", "r", ())}, zones=(zone,))
    resolver = Resolver(lambda *question: resolve(one, {}, "vpc-1", *question))
    wire = resolver.answer(dns.message.make_query(name, rdtype).to_wire(), 512)
    assert wire is not None
    (authority,) = dns.message.from_wire(wire).authority
    assert (authority.name.to_text(), authority.rdtype, authority.ttl) == ("example.local.", dns.rdatatype.SOA, 900)


@pytest.mark.fidelity(
    "With enableDnsSupport off, the VPC's resolver does not answer",
    source="VPC user guide, DNS attributes for your VPC",
)
async def test_without_dns_support_nothing_is_answered_and_the_port_stays(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    consumer = await sandbox.consumer(provider.service)
    await sandbox.network.catch_up()
    port = sandbox.network.dns[consumer.vpc]
    for value in (False, True):
        await sandbox.change(
            lambda value=value: consumer.clients.ec2.modify_vpc_attribute(
                VpcId=consumer.vpc, EnableDnsSupport={"Value": value}
            )
        )
        assert sandbox.network.dns[consumer.vpc] == port
        if value:
            assert addresses(await ask(sandbox, consumer.vpc, NAME))
        else:
            host, _, number = port.partition(":")
            with pytest.raises(dns.exception.Timeout):
                await dns.asyncquery.udp(dns.message.make_query(NAME, "A"), host, port=int(number), timeout=0.2)


@pytest.mark.fidelity(
    "A zone without healthy targets leaves the load balancer's name; a zonal name leads to its zone",
    source="NLB user guide, Target group health, DNS failover",
)
async def test_a_load_balancers_name_leads_to_the_zones_that_are_healthy(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    await sandbox.healthy(provider)
    await sandbox.network.catch_up()
    assert len(addresses(await ask(sandbox, provider.vpc, provider.balancer_name))) == 3
    stopped = [provider.servers[0]]
    await sandbox.change(provider.clients.ec2.stop_instances, InstanceIds=stopped)
    left = addresses(await ask(sandbox, provider.vpc, provider.balancer_name))
    assert len(left) == 2
    (zonal,) = addresses(await ask(sandbox, provider.vpc, f"{ZONES[1]}.{provider.balancer_name}"))
    assert zonal in left


async def test_what_is_no_dns_message_is_not_answered_and_harms_nothing(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    await sandbox.network.catch_up()
    host, _, port = sandbox.network.dns[provider.vpc].partition(":")
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, int(port)))
    for junk in (b"", b"\x00", b"\xff" * 600):
        transport.sendto(junk)
    transport.close()
    assert (await ask(sandbox, provider.vpc, "example.com")).rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("dot", ["", "."])
@pytest.mark.parametrize(("rdtype", "data"), [("CNAME", "web.example.net"), ("NS", "ns-0.awsdns-00.com")])
@pytest.mark.fidelity(
    "A name in a record's value is whole, whether it ends with a dot or not",
    source="Route 53 developer guide, DNS domain name format",
)
def test_a_name_in_a_records_value_is_whole_with_or_without_its_last_dot(rdtype: str, data: str, dot: str) -> None:
    zone = HostedZone("Z1", "example.local", frozenset({"vpc-1"}), (Record(NAME, rdtype, 60, (data + dot,)),))
    one = NetworkModel(vpcs={"vpc-1": Vpc("vpc-1", "r", ())}, zones=(zone,))
    resolver = Resolver(lambda *question: resolve(one, {}, "vpc-1", *question))
    wire = resolver.answer(dns.message.make_query(NAME, rdtype).to_wire(), 512)
    assert wire is not None
    (answer,) = dns.message.from_wire(wire).answer
    assert [item.to_text() for item in answer] == [f"{data}."]


async def test_a_new_zone_answers_for_itself(sandbox: Sandbox) -> None:
    provider = await sandbox.provider()
    consumer = await sandbox.consumer(provider.service)
    await sandbox.network.catch_up()
    (soa,) = (await ask(sandbox, consumer.vpc, "example.local", "SOA")).answer
    assert soa.to_text().endswith("awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400")
    missing = await ask(sandbox, consumer.vpc, "missing.example.local")
    assert (missing.rcode(), missing.authority) == (dns.rcode.NXDOMAIN, [soa])
    (servers,) = (await ask(sandbox, consumer.vpc, "example.local", "NS")).answer
    assert len(servers) == 4
