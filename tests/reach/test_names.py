"""What a VPC's resolver knows, as facts of a pure function."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from pltui.reach.names import Status, resolve
from pltui.reach.world import Alias, HostedZone, Record, Vpc, World

VPC = Vpc("vpc-1", "eu-west-1", (IPv4Network("10.0.0.0/16"),))


def a(name: str, *values: str) -> Record:
    return Record(name, "A", 300, values)


def world(*zones: HostedZone, vpc: Vpc = VPC) -> World:
    return World(vpcs={vpc.id: vpc}, zones=zones)


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
