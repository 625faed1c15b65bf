"""Spec in, wanted resources out."""

import shlex
from collections import Counter
from itertools import product

import pytest

from pltui import topology
from pltui.engine.model import Desired, Field, Ref
from pltui.engine.references import refs
from pltui.spec import parse
from pltui.topology import naming
from tests.fakecloud.labs import AREA, REGION, TRAITS, ZONES, wants_of

# Desired of some resources of the kind only: others may have any value, such as a profile that Quick Setup attached.
OPEN = {"instance": {"profile"}}
SPECS = ["privatelink", "zonal", "single-subnet", "two-consumers"]


def all_desired(provider: str = "", consumer: str = "", name: str = "lab", region: str = REGION) -> dict[str, Desired]:
    text = f"version: 1\nname: {name}\nprovider: {{{provider}}}\nconsumers: {{consumer: {{{consumer}}}}}\n"
    return {desired.address: desired for desired in topology.all_desired(parse(text), topology.Region(region, ZONES))}


@pytest.mark.parametrize("spec", SPECS)
def test_addresses_are_unique_and_parents_come_before_children(spec: str) -> None:
    told = set[str]()
    for desired in wants_of(spec):
        assert desired.address not in told
        told.add(desired.address)
        later = ({ref.address for ref in refs(desired.spec)} | set(desired.after)) - told
        assert not later, f"{desired.address} comes before {later}"


@pytest.mark.parametrize("spec", SPECS)
def test_every_kind_and_every_field_that_may_be_pointed_elsewhere_is_known(spec: str) -> None:
    for desired in wants_of(spec):
        assert desired.kind in TRAITS
        assert set(TRAITS[desired.kind].fields) - OPEN.get(desired.kind, set()) <= set(desired.spec), desired.address
        parent = TRAITS[desired.kind].parent_field
        if parent:
            assert TRAITS[desired.kind].fields[parent] is Field.FIXED


def test_the_published_lab_is_made_of_exactly_these() -> None:
    assert Counter(desired.kind for desired in wants_of("privatelink")) == {
        "vpc": 2, "internet_gateway": 2, "internet_gateway_attachment": 2, "subnet": 12, "elastic_ip": 2,
        "nat_gateway": 2, "route_table": 4, "route": 4, "route_table_association": 12, "security_group": 3,
        "instance": 4, "load_balancer": 1, "target_group": 1, "target_registration": 3, "listener": 1,
        "endpoint_service": 1, "endpoint": 1, "role": 1, "role_policy": 1, "instance_profile": 1, "hosted_zone": 1,
        "record": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("nat", "gateways", "tables"), [("single", 1, 1), ("per_zone", 3, 3), ("none", 0, 1)])
def test_nat_gateways_are_one_or_one_a_zone_or_none(nat: str, gateways: int, tables: int) -> None:
    made = all_desired(f"vpc: {{nat: {nat}}}")
    ours = [desired for desired in made.values() if desired.address.startswith("provider/")]
    kinds = Counter(desired.kind for desired in ours)
    assert (kinds["nat_gateway"], kinds["elastic_ip"], kinds["route"]) == (gateways, gateways, gateways + 1)
    private = {desired.address for desired in ours if desired.kind == "route_table" and "private" in desired.address}
    assert len(private) == tables
    used = {made[naming.route_table_association(f"provider/private-subnet-{n}")].spec["table"] for n in (1, 2, 3)}
    assert used == {Ref(address) for address in private}


def test_servers_beyond_the_zones_wrap_around_and_greet_from_their_subnet() -> None:
    made = all_desired("servers: {count: 5}")
    subnets = [made[f"provider/server-{n}"].spec["subnet"] for n in range(1, 6)]
    assert subnets == [Ref(f"provider/private-subnet-{n}") for n in (1, 2, 3, 1, 2)]
    assert "Subnet 2'" in made["provider/server-5"].spec["user_data"]


def test_a_greeting_cannot_break_out_of_the_script() -> None:
    greeting = "it's Subnet {subnet}; $(reboot) `reboot`"
    script = all_desired(f'servers: {{greeting: "{greeting}"}}')["provider/server-1"].spec["user_data"]
    line = next(line for line in script.splitlines() if line.startswith("echo"))
    assert shlex.split(line) == ["echo", greeting.format(subnet=1), ">", "/var/www/html/index.html"]


def test_targets_outside_the_load_balancers_zones_are_not_expected_to_serve() -> None:
    made = all_desired("load_balancer: {subnets: [1, 3]}", "endpoint: {subnets: [1]}")
    served = [made[f"provider/server-{n}/target"].spec["served"] for n in (1, 2, 3)]
    assert served == [True, False, True]


def test_another_port_is_admitted_checked_and_listened_on() -> None:
    made = all_desired("servers: {port: 8080}, load_balancer: {health_check: {port: 8081}}")
    rules = made["provider/service-security-group"].spec["ingress"]
    assert {rule.split()[0] for rule in rules} == {"tcp/8080", "tcp/8081"}
    assert made["provider/target-group"].spec["port"] == 8080
    assert made["provider/target-group"].spec["health_port"] == "8081"
    assert "http.server 8080 " in made["provider/server-1"].spec["user_data"]
    assert made["provider/load-balancer/listener"].spec["port"] == 80


def test_consumers_are_apart_in_everything_but_the_service() -> None:
    made = wants_of("two-consumers")
    sides = {desired.address.partition("/")[0] for desired in made}
    assert sides == {"provider", "consumer", "partner"}
    for desired in made:
        side = desired.address.partition("/")[0]
        others = {ref.address for ref in refs(desired.spec) if not ref.address.startswith(f"{side}/")}
        assert others <= {topology.SERVICE}


# -- zones ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zones", "names"),
    [
        ("2", ["ap-northeast-1a", "ap-northeast-1c"]),
        ("[ap-northeast-1d, ap-northeast-1a]", ["ap-northeast-1d", "ap-northeast-1a"]),
        ("[apne1-az1, apne1-az4]", ["ap-northeast-1c", "ap-northeast-1a"]),
    ],
    ids=["a count", "names", "ids"],
)
def test_zones_are_chosen_by_count_name_or_id(zones: str, names: list[str]) -> None:
    spec = parse(f"version: 1\nname: lab\nprovider: {{vpc: {{zones: {zones}}}}}\nconsumers: {{consumer: {{}}}}\n")
    region = topology.Region(REGION, ZONES[::-1])
    assert list(topology.server_zones(topology.all_desired(spec, region)).values()) == names


@pytest.mark.parametrize("zones", ["4", "[ap-northeast-1b]", "[use1-az1]"])
def test_zones_the_account_does_not_offer_are_named(zones: str) -> None:
    spec = parse(f"version: 1\nname: lab\nprovider: {{vpc: {{zones: {zones}}}}}\nconsumers: {{consumer: {{}}}}\n")
    with pytest.raises(topology.ZoneError, match=r"3|ap-northeast-1a \(apne1-az4\)"):
        topology.all_desired(spec, AREA)


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [32, 64])
def test_made_up_names_are_unique_and_within_aws_limits(limit: int) -> None:
    labs = ["a", "a-b", "a-b-c", "x" * 60, "x" * 61]
    parts = ["provider", "b-provider", "c", "b-c", "y" * 80]
    names = [naming.unique(lab, part, limit) for lab, part in product(labs, parts)]
    assert len(set(names)) == len(names)
    for name in names:
        assert len(name) <= limit
        assert not name.startswith("-")
        assert "--" not in name


def test_what_iam_holds_is_named_apart_in_each_region() -> None:
    here, there = all_desired(region="us-east-1"), all_desired(region="us-west-2")
    for address in ("consumer/role", "consumer/instance-profile"):
        assert here[address].spec["name"] != there[address].spec["name"]


def test_a_made_up_name_is_the_same_each_time() -> None:
    assert naming.unique("lab", "provider", 32) == naming.unique("lab", "provider", 32)
