"""--set path=value."""

# ruff: noqa: E501 (a case is a line: its parts are read side by side)

from collections.abc import Callable

import pytest

from pltui.spec import parse

Ask = Callable[..., list[str]]


def test_an_override_replaces_a_value(example: str) -> None:
    assert (
        parse(example, overrides=["provider.load_balancer.cross_zone=false"]).provider.load_balancer.cross_zone is False
    )
    assert parse(example, overrides=["consumers.consumer.endpoint.subnets=[2]"]).consumers[
        "consumer"
    ].endpoint.subnets == (2,)
    assert parse(example, overrides=["experiments.1.name=both"]).experiments[1].name == "both"


def test_of_two_overrides_of_one_value_the_later_holds(example: str) -> None:
    assert parse(example, overrides=["name=a", "name=b"]).name == "b"
    assert parse(example, overrides=["provider.vpc.nat=none", "provider.vpc={zones: 3}"]).provider.vpc.nat == "single"


def test_an_override_makes_the_mappings_it_needs() -> None:
    text = "version: 1\nname: lab\nprovider: {}\nconsumers: {shop: {}}\n"
    spec = parse(text, overrides=["provider.load_balancer.health_check.interval=10"])
    assert spec.provider.load_balancer.health_check.interval == 10


def test_an_override_can_mend_what_the_file_has_wrong(problems: Ask, example: str) -> None:
    assert problems(example.replace("name: privatelink", "name: Wrong"), ["name=right"]) == []


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("provider.vpc.cidr=10.0.1.0/16", "10.0.1.0/16 has bits set beyond its prefix length; 10.0.0.0/16 would be right"),
        ("provider.load_balancer.cross_zone=off", "expected true or false, got the text 'off'; write false"),
        ("providr.vpc.cidr=10.0.0.0/16", "unknown key 'providr'; did you mean 'provider'?"),
        ("provider.vpc.cidrr=10.0.0.0/16", "unknown key 'cidrr'; did you mean 'cidr'?"),
        ("consumers.consmer.client.subnet=2", "no consumer 'consmer'; did you mean 'consumer'?"),
        ("consumers.consmer={}", "no consumer 'consmer'; did you mean 'consumer'?"),
        ("experiments.2.name=x", "'experiments' is a list of 2 and has no item '2'; write 0 to 1"),
        ("name.first=x", "'name' is the text 'privatelink' and has nothing named 'first' in it; set 'name' itself"),
        ("name", "expected path=value, with dots between keys; write for example provider.load_balancer.cross_zone=false"),
        ("=1", "expected path=value, with dots between keys; write for example provider.load_balancer.cross_zone=false"),
        ("a..b=1", "expected path=value, with dots between keys; write for example provider.load_balancer.cross_zone=false"),
        ("probe.path=[", "not valid YAML: the file ends inside quotes or brackets; close them"),
        ("name=*x", "an alias (*x); aliases are not supported, write the value out"),
        ("version=2", "expected 1, the version of the format that this pltui knows, got the number 2; write 1"),
        ("provider.vpc.zones=2", "experiments.1.answered_by.2: no subnet 3: provider.vpc has 2 zones; 1 to 2 would be right"),
    ],
)  # fmt: skip
def test_a_problem_of_an_override_names_the_override(problems: Ask, example: str, override: str, message: str) -> None:
    assert problems(example, [override]) == [f"--set {override}: {message}"]


def test_problems_of_overrides_come_after_those_of_the_file_in_the_order_given(problems: Ask, example: str) -> None:
    found = problems(example.replace("name: privatelink", "name: Wrong"), ["region=mars", "x", "probe.interval=0s"])
    assert [line[:12] for line in found] == ["lab.yaml:6:7", "--set region", "--set x: exp", "--set probe."]
