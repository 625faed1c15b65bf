"""Which zones a lab's subnets are in."""

# ruff: noqa: E501 (a case is a line: its parts are read side by side)

from collections.abc import Mapping
from dataclasses import replace

import pytest

from pltui import topology
from pltui.spec import parse
from pltui.spec.model import Spec
from pltui.topology import Region, Zone, ZoneError
from tests.fakecloud.labs import AREA

A, B, C, D = (Zone(f"ap-northeast-1{letter}", f"apne1-az{n}") for letter, n in (("a", 4), ("b", 3), ("c", 1), ("d", 2)))
ALL = (A, B, C, D)  # as an old account has them: no load balancer can be in b


def lab(provider: str = "", consumer: str = "") -> Spec:
    return parse(f"version: 1\nname: lab\nprovider: {{{provider}}}\nconsumers: {{shop: {{{consumer}}}}}\n")


def region(zones: tuple[Zone, ...] = ALL, **offered: str) -> Region:
    """`offered`: for each size of t3 the letters of the zones that have it."""
    by_letter = {zone.name[-1]: zone.id for zone in zones}
    offerings = {f"t3.{size}": frozenset(by_letter[letter] for letter in letters) for size, letters in offered.items()}
    return Region(AREA.name, zones, offerings=offerings)


def letters(spec: Spec, where: Region) -> dict[str, str]:
    return {
        side: "".join(zone.name[-1] for zone in zones) for side, zones in topology.choose_zones(spec, where).items()
    }


def occupied(where: Region, **sides: str) -> Region:
    """With the lab's subnets in the zones of these letters, in their order; `-` is one that does not exist."""
    subnets = {
        f"{side}/{tier}-subnet-{n}": f"{AREA.name}{letter}"
        for side, zones in sides.items()
        for n, letter in enumerate(zones, 1)
        for tier in ("private", "public")
        if letter != "-"
    }
    return where.with_subnets(subnets)


def serving(where: Region, **services: str) -> Region:
    """With AWS's services, each in the zones of these letters."""
    zones = {name: frozenset(f"{AREA.name}{letter}" for letter in letters) for name, letters in services.items()}
    return replace(where, services={f"com.amazonaws.{AREA.name}.{name}": each for name, each in zones.items()})


def test_the_endpoints_to_session_manager_are_in_a_zone_of_both_services() -> None:
    spec = lab("vpc: {zones: 2}", "vpc: {zones: 2}, client: {access: endpoints}")
    assert letters(spec, serving(region(), ssm="acd", ssmmessages="a")) == {"provider": "ac", "shop": "ac"}
    with pytest.raises(ZoneError) as caught:
        letters(spec, serving(region(), ssm="acd", ssmmessages="cd"))
    assert str(caught.value) == (
        "consumers.shop.client.access: com.amazonaws.ap-northeast-1.ssmmessages has no endpoints in ap-northeast-1a "
        "(apne1-az4), the zone of subnet 1; it has in ap-northeast-1c (apne1-az1), ap-northeast-1d (apne1-az2)"
    )
    elsewhere = lab("vpc: {zones: 2}", "vpc: {zones: 2}, client: {access: endpoints, subnet: 2}")
    assert letters(elsewhere, serving(region(), ssm="cd", ssmmessages="cd"))
    there = occupied(serving(region(), ssm="cd", ssmmessages="cd"), provider="ac", shop="ac")
    assert letters(spec, there), "what is there is left to AWS"


@pytest.mark.parametrize(
    ("provider", "consumer", "where", "chosen"),
    [
        ("", "", region(), ("acd", "acd")),
        ("", "", region(micro="abcd"), ("acd", "acd")),
        ("vpc: {zones: 2}", "vpc: {zones: 2}", region(micro="bcd"), ("cd", "cd")),
        ("vpc: {zones: 2}", "vpc: {zones: 1}", region((D, C, A)), ("ac", "a")),
        ("vpc: {zones: 2}, servers: {instance_type: t3.nano}", "vpc: {zones: 2}", region(micro="acd", nano="ad"), ("ad", "ad")),
        # a consumer's subnet is in the zone of the provider's subnet of the same number
        ("vpc: {zones: [ap-northeast-1d, apne1-az1]}", "vpc: {zones: 3}", region(), ("dc", "dca")),
        # listed zones are taken as listed, unless something new cannot be in them
        ("vpc: {zones: [apne1-az3, apne1-az1]}, load_balancer: {subnets: [2]}", "vpc: {zones: [apne1-az1]}", region(), ("bc", "c")),
    ],
)  # fmt: skip
def test_zones_are_chosen_by_what_they_offer(
    provider: str, consumer: str, where: Region, chosen: tuple[str, str]
) -> None:
    assert letters(lab(provider, consumer), where) == dict(zip(("provider", "shop"), chosen, strict=True))


@pytest.mark.parametrize(
    ("where", "chosen"),
    [
        # no longer offered, and a zone that is not listed any more
        (occupied(region(micro="cd"), provider="acd", shop="acd"), ("acd", "acd")),
        (occupied(region((C, D)), provider="acd", shop="acd"), ("acd", "acd")),
        # a zone that is new in the account
        (occupied(region((A, Zone("ap-northeast-1b", "apne1-az9"), C, D)), provider="acd", shop="acd"), ("acd", "acd")),
        # what is missing gets what is left
        (occupied(region(), provider="a-d", shop="--d"), ("acd", "acd")),
        (occupied(region(), provider="dca", shop=""), ("dca", "dca")),
        # moved by another hand beside the one that is there: the one that belongs there stays
        (occupied(region(), provider="dcd", shop="acd"), ("acd", "acd")),
    ],
    ids=["not offered", "not listed", "new zone", "in part", "in another order", "two in one"],
)
def test_a_lab_stays_in_the_zones_it_is_in(where: Region, chosen: tuple[str, str]) -> None:
    assert letters(lab(), where) == dict(zip(("provider", "shop"), chosen, strict=True))


@pytest.mark.parametrize(
    ("provider", "consumer", "where", "message"),
    [
        ("", "", region((A, C)), "provider.vpc needs 3 zones, and ap-northeast-1 has 2 that can be used: "
         "ap-northeast-1a (apne1-az4), ap-northeast-1c (apne1-az1)"),
        ("", "", region(micro="acb"), "provider.vpc needs 3 zones, and ap-northeast-1 has 2 that can be used: "
         "ap-northeast-1a (apne1-az4), ap-northeast-1c (apne1-az1); left out are "
         "ap-northeast-1b (apne1-az3): no load balancers; ap-northeast-1d (apne1-az2): no t3.micro"),
        ("", "vpc: {zones: 4}", region(), "consumers.shop.vpc needs 4 zones, and ap-northeast-1 has 3 that can be used: "
         "ap-northeast-1a (apne1-az4), ap-northeast-1c (apne1-az1), ap-northeast-1d (apne1-az2); left out are "
         "ap-northeast-1b (apne1-az3): no load balancers"),
        ("", "", region(micro=""), "no zone of ap-northeast-1 offers t3.micro"),
        ("vpc: {zones: [ap-northeast-1e]}", "", region((A, C)),
         "no zone ap-northeast-1e here; there are ap-northeast-1a (apne1-az4), ap-northeast-1c (apne1-az1)"),
        ("vpc: {zones: [ap-northeast-1a, apne1-az4]}", "", region((A, C)),
         "ap-northeast-1a and apne1-az4 of provider.vpc.zones are one zone; "
         "there are ap-northeast-1a (apne1-az4), ap-northeast-1c (apne1-az1)"),
        ("vpc: {zones: [ap-northeast-1a, apne1-az3]}", "", region((A, B)),
         "provider.load_balancer.subnets: no load balancer can be in ap-northeast-1b (apne1-az3), the zone of subnet 2; "
         "it can be in ap-northeast-1a (apne1-az4)"),
        ("vpc: {zones: [ap-northeast-1a, ap-northeast-1d]}", "", region(micro="ac"),
         "provider.servers: ap-northeast-1d (apne1-az2) does not offer t3.micro; "
         "ap-northeast-1a (apne1-az4), ap-northeast-1c (apne1-az1) do"),
        ("vpc: {zones: [ap-northeast-1a, ap-northeast-1d]}", "vpc: {zones: [ap-northeast-1c, ap-northeast-1d]}, "
         "endpoint: {subnets: [2]}, client: {subnet: 1}", region(micro="ad"),
         "consumers.shop.client: ap-northeast-1c (apne1-az1) does not offer t3.micro; "
         "ap-northeast-1a (apne1-az4), ap-northeast-1d (apne1-az2) do"),
        # known by name here and by id there: only the account can tell that they differ
        ("vpc: {zones: [ap-northeast-1a, ap-northeast-1c]}", "vpc: {zones: [apne1-az2]}", region(),
         "consumers.shop.endpoint.subnets: subnet 1 is in ap-northeast-1d (apne1-az2), where the load balancer has no "
         "node; it has nodes in ap-northeast-1a (apne1-az4), ap-northeast-1c (apne1-az1)"),
        ("vpc: {zones: 1}", "vpc: {zones: [apne1-az1]}", region(),
         "consumers.shop.endpoint.subnets: subnet 1 is in ap-northeast-1c (apne1-az1), where the load balancer has no "
         "node; it has nodes in ap-northeast-1a (apne1-az4)"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_with_the_choices(provider: str, consumer: str, where: Region, message: str) -> None:
    with pytest.raises(ZoneError) as raised:
        topology.all_desired(lab(provider, consumer), where)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("provider", "consumer"),
    [("vpc: {zones: [ap-northeast-1a, apne1-az3]}", "vpc: {zones: 1}"), ("vpc: {zones: 2}", "vpc: {zones: 1}")],
)
def test_what_is_there_already_is_not_held_against_what_is_offered(provider: str, consumer: str) -> None:
    where = occupied(region(micro=""), provider="ab", shop="a")
    assert letters(lab(provider, consumer), where) == {"provider": "ab", "shop": "a"}


@pytest.mark.parametrize(
    ("sides", "complete"),
    [({}, False), ({"provider": "acd", "shop": "ac"}, False), ({"provider": "acd", "shop": "acd"}, True)],
)
def test_offerings_matter_only_where_a_subnet_has_no_zone_yet(sides: Mapping[str, str], complete: bool) -> None:
    assert topology.complete(lab(), occupied(region(), **sides)) is complete
