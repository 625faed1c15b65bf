"""What a VPC's resolver knows: every name, and where it leads."""

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from pltui.reachability.codes import Code
from pltui.reachability.names import Status, resolve
from pltui.reachability.world import Alias, HostedZone, NetworkModel, Record, Vpc
from tests.builders import networks

VPC = Vpc("vpc-1", "eu-west-1", (IPv4Network("10.0.0.0/16"),))


def a(name: str, *values: str) -> Record:
    return Record(name, "A", 300, values)


def world(*zones: HostedZone, vpc: Vpc = VPC) -> NetworkModel:
    return NetworkModel(vpcs={vpc.id: vpc}, zones=zones)


def zone(name: str, *records: Record) -> HostedZone:
    return HostedZone(name, name, frozenset({VPC.id}), records)


def test_the_most_specific_zone_answers_even_where_a_wider_one_knows_the_name() -> None:
    wide = zone("local", a("web.example.local", "10.0.0.1"))
    narrow = zone("example.local", a("other.example.local", "10.0.0.2"))
    assert resolve(world(wide, narrow), {}, VPC.id, "web.example.local").status is Status.MISSING
    assert resolve(world(wide), {}, VPC.id, "WEB.example.local.").status is Status.FOUND


def test_a_cname_is_followed_and_both_are_answered() -> None:
    target = Record("www.example.local", "CNAME", 300, ("web.example.local.",))
    answer = resolve(world(zone("example.local", target, a("web.example.local", "10.0.0.1"))), {}, VPC.id, target.name)
    assert [rrset.type for rrset in answer.rrsets] == ["CNAME", "A"]
    assert [str(each) for each in answer.addresses] == ["10.0.0.1"]


@pytest.mark.parametrize("data", [Alias("b.example.local"), ("b.example.local.",)])
def test_names_that_lead_in_a_circle_end(data: Alias | tuple[str, ...]) -> None:
    kind = "A" if isinstance(data, Alias) else "CNAME"
    back: Alias | tuple[str, ...] = Alias("a.example.local") if kind == "A" else ("a.example.local.",)
    records = (Record("a.example.local", kind, 300, data), Record("b.example.local", kind, 300, back))
    assert resolve(world(zone("example.local", *records)), {}, VPC.id, "a.example.local").addresses == ()


def test_a_wildcard_stands_for_names_that_have_no_record() -> None:
    seen = world(zone("example.local", a("*.example.local", "10.0.0.1"), a("web.example.local", "10.0.0.2")))
    assert [str(each) for each in resolve(seen, {}, VPC.id, "x.y.example.local").addresses] == ["10.0.0.1"]
    assert [str(each) for each in resolve(seen, {}, VPC.id, "web.example.local").addresses] == ["10.0.0.2"]


def test_private_zones_need_dns_hostnames() -> None:
    seen = world(zone("example.local", a("web.example.local", "10.0.0.1")), vpc=replace(VPC, dns_hostnames=False))
    assert resolve(seen, {}, VPC.id, "web.example.local").status is Status.MISSING


def test_a_name_that_only_holds_others_exists() -> None:
    seen = world(zone("example.local", a("web.eu.example.local", "10.0.0.1")))
    assert resolve(seen, {}, VPC.id, "eu.example.local").status is Status.FOUND
    assert resolve(seen, {}, VPC.id, "us.example.local").status is Status.MISSING


@pytest.mark.fidelity(
    "The names of endpoints and load balancers resolve everywhere; an endpoint's private DNS name in its VPC only, and "
    "there only with DNS hostnames",
    source="PrivateLink guide; VPC user guide, DNS attributes",
)
def test_public_names_resolve_everywhere_and_private_ones_where_they_belong() -> None:
    def resolves(world: NetworkModel, vpc: str, name: str) -> bool:
        return bool(resolve(world, {}, vpc, name).addresses)

    lab = networks.lab()
    private, lattice = "api.example.com", "vpce-1-rcfg-1.abc.vpc-lattice-rsc.eu-west-1.on.aws"
    lab = networks.but(lab, "endpoints", "vpce", names=(networks.REGIONAL, lattice, private))
    for vpc in ("consumer", "provider"):
        assert resolves(lab, vpc, networks.REGIONAL)
        assert resolves(lab, vpc, lattice)
        assert resolves(lab, vpc, "nlb.elb")
        assert resolves(lab, vpc, "az1.nlb.elb")
        assert resolves(lab, vpc, private) is (vpc == "consumer")
    assert not resolves(networks.but(lab, "vpcs", "consumer", dns_hostnames=False), "consumer", private)


@pytest.mark.fidelity(
    "An endpoint's private DNS name is a zone of its own and wins over an associated zone above it",
    source="PrivateLink guide, manage DNS names; Route 53 developer guide, private zones: the most specific wins",
)
def test_an_endpoints_private_name_wins_over_the_zone_above_it() -> None:
    lab = networks.but(networks.lab(), "endpoints", "vpce", names=(networks.REGIONAL, "shop.example.com"))
    lab = replace(lab, zones=(*lab.zones, HostedZone("z", "example.com", frozenset({"consumer"}))))
    assert resolve(lab, {}, "consumer", "shop.example.com").addresses
    assert resolve(lab, {}, "consumer", "other.example.com").status is Status.MISSING


def test_only_addresses_are_known_of_what_aws_names() -> None:
    answer = resolve(networks.lab(), {}, "consumer", networks.REGIONAL, "AAAA")
    assert (answer.status, answer.rrsets) == (Status.FOUND, ())
    assert answer.hops[-1].code is Code.PL_NAME_NO_ADDRESS
    assert "AAAA" in answer.why


def test_a_zone_elsewhere_is_blamed_only_if_it_knows_the_name() -> None:
    far = HostedZone("far", "example.local", frozenset({"vpc-2"}), (a("web.example.local", "10.0.0.1"),))
    for name, code in (
        ("web.example.local", Code.PL_ZONE_NOT_ASSOCIATED),
        ("other.example.local", Code.PL_NAME_UNRESOLVED),
        ("web.example.org", Code.PL_NAME_UNRESOLVED),
    ):
        assert resolve(world(far), {}, VPC.id, name).hops[-1].code is code


def test_a_record_that_is_no_address_leads_nowhere() -> None:
    answer = resolve(world(zone("example.local", a("odd.example.local", "not-an-ip"))), {}, VPC.id, "odd.example.local")
    assert answer.addresses == ()
