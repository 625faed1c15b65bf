"""The published schema: valid, complete, and one with the model and the specs."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from pltui.spec import SpecError, load, model, parse, schema_text
from pltui.spec.build import seconds
from pltui.spec.schema import resolve

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
SCHEMA: dict[str, Any] = json.loads(schema_text())
MINIMAL = "version: 1\nname: lab\nprovider: {}\nconsumers: {shop: {}}\n"


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key the schema describes, with its path in the schema."""
    if isinstance(node, dict):
        for key, child in node.items():
            if key in ("properties", "$defs"):
                for name, described in child.items():
                    if key == "properties":
                        yield f"{path}/{name}", described
                    yield from properties(described, f"{path}/{name}")
            elif key not in ("examples", "default"):
                yield from properties(child, f"{path}/{key}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from properties(child, f"{path}/{index}")


PROPERTIES = dict(properties(SCHEMA))


def test_the_schema_is_valid_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", PROPERTIES)
def test_every_key_has_a_title_a_description_and_examples_that_validate(path: str) -> None:
    described = PROPERTIES[path]
    assert described["title"]
    assert described["description"].endswith(".")
    assert described["examples"]
    checker = Draft202012Validator({"$defs": SCHEMA["$defs"], **described})
    for value in [*described["examples"], *([described["default"]] if "default" in described else [])]:
        assert checker.is_valid(value), value


@pytest.mark.parametrize("name", SCHEMA["$defs"])
def test_every_definition_has_examples_that_validate(name: str) -> None:
    definition = SCHEMA["$defs"][name]
    checker = Draft202012Validator({"$defs": SCHEMA["$defs"], **definition})
    assert all(checker.is_valid(value) for value in definition["examples"])


def test_unknown_keys_are_errors_everywhere() -> None:
    objects = [SCHEMA, *map(resolve, PROPERTIES.values()), *SCHEMA["$defs"].values()]
    assert all("additionalProperties" in node for node in objects if node.get("type") == "object")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_a_published_spec_loads_and_names_its_schema_for_editors(path: Path) -> None:
    spec = load(path)
    assert spec.name == path.stem
    assert spec.experiments
    first = path.read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../schemas/lab.schema.json"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_a_published_spec_is_valid_to_any_json_schema_checker(path: Path) -> None:
    data = YAML(typ="safe", pure=True).load(path)
    assert list(Draft202012Validator(SCHEMA).iter_errors(data)) == []


def test_the_specs_are_the_four_variants() -> None:
    assert {path.name for path in SPECS} == {
        "privatelink.yaml",
        "single-subnet.yaml",
        "two-consumers.yaml",
        "zonal.yaml",
    }


def test_consumers_keep_the_order_of_the_file_and_each_has_its_expected_answers() -> None:
    (path,) = (path for path in SPECS if path.name == "two-consumers.yaml")
    spec = load(path)
    assert list(spec.consumers) == ["consumer", "partner"]
    assert {consumer.vpc.cidr for consumer in spec.consumers.values()} == {spec.provider.vpc.cidr} == {"10.0.0.0/16"}
    zonal, cross_zone = spec.experiments
    assert zonal.answered_by == {"consumer": (1,), "partner": (2, 3)}
    assert cross_zone.answered_by == {"consumer": (1, 2, 3), "partner": (1, 2, 3)}


@pytest.mark.parametrize(
    ("path", "kind", "given"),
    [
        ("/vpc", model.Vpc, "provider.vpc"),
        ("/provider/servers", model.Servers, "provider.servers"),
        ("/provider/load_balancer/health_check", model.HealthCheck, "provider.load_balancer.health_check"),
        ("/provider/endpoint_service", model.EndpointService, "provider.endpoint_service"),
    ],
)
def test_the_models_defaults_are_the_schemas(path: str, kind: type[Any], given: str) -> None:
    built: Any = parse(MINIMAL)
    for step in given.split("."):
        built = getattr(built, step)
    assert built == kind()
    for field in dataclasses.fields(kind):
        stated = PROPERTIES[f"{path}/{field.name}"].get("default", field.default)
        assert stated == field.default


def test_a_minimal_lab_has_every_default_the_schema_states() -> None:
    spec = parse(MINIMAL)
    shop = spec.consumers["shop"]

    def stated(path: str) -> Any:
        return PROPERTIES[path]["default"]

    balancer = spec.provider.load_balancer
    assert (balancer.name, balancer.cross_zone) == (
        stated("/provider/load_balancer/name"),
        stated("/provider/load_balancer/cross_zone"),
    )
    assert balancer.subnets == (1, 2, 3)
    assert list(shop.endpoint.subnets) == stated("/consumer/endpoint/subnets")
    assert shop.endpoint.ingress == stated("/consumer/endpoint/ingress")
    assert dataclasses.asdict(shop.dns) == {key: stated(f"/consumer/dns/{key}") for key in ("zone", "record")}
    assert dataclasses.asdict(shop.client) == {
        "subnet": None,
        **{key: stated(f"/consumer/client/{key}") for key in ("instance_type", "access")},
    }
    assert (spec.probe.path, spec.probe.subnet_pattern) == (stated("/probe/path"), stated("/probe/subnet_pattern"))
    assert (spec.probe.interval, spec.probe.timeout) == (
        seconds(stated("/probe/interval")),
        seconds(stated("/probe/timeout")),
    )
    assert spec.experiments == ()
    assert spec.region is None


def test_the_health_check_follows_the_servers_port_unless_it_has_its_own() -> None:
    text = MINIMAL.replace("provider: {}", "provider: {servers: {port: 8080}}")
    assert parse(text).provider.load_balancer.health_check.port == 8080
    own = parse(text, overrides=["provider.load_balancer.health_check.port=81"])
    assert own.provider.load_balancer.health_check.port == 81


@pytest.mark.parametrize(
    ("check", "timeout"),
    [
        ("{}", 10),
        ("{interval: 10}", 10),
        ("{interval: 5}", 5),
        ("{interval: 9}", 9),
        ("{protocol: HTTP}", 6),
        ("{protocol: HTTP, interval: 6}", 5),
        ("{protocol: HTTP, interval: 5}", 4),
        ("{interval: 9, timeout: 2}", 2),
    ],
)
def test_the_health_checks_timeout_is_awss_default_where_the_interval_allows_it(check: str, timeout: int) -> None:
    spec = parse(MINIMAL.replace("provider: {}", f"provider: {{load_balancer: {{health_check: {check}}}}}"))
    assert spec.provider.load_balancer.health_check.timeout == timeout


@pytest.mark.parametrize(("text", "value"), [("200ms", 0.2), ("2s", 2.0), ("1.5s", 1.5), ("1m", 60.0), ("1h", 3600.0)])
def test_a_time_is_in_seconds(text: str, value: float) -> None:
    assert seconds(text) == value


def test_every_region_that_botocore_knows_is_accepted() -> None:
    session = boto3.Session()
    for partition in session.get_available_partitions():
        for region in session.get_available_regions("ec2", partition_name=partition):
            assert parse(MINIMAL + f"region: {region}\n").region == region


@pytest.mark.parametrize(
    "pattern", [r"Subnet (\d+)", r"([0-9])$", r"Subnet\s([1-6])", r"VPC.*?(\d)", r"[Ss]ubnet (\d)"]
)
def test_ordinary_subnet_patterns_are_accepted(pattern: str) -> None:
    assert parse(MINIMAL + f"probe: {{subnet_pattern: '{pattern}'}}\n").probe.subnet_pattern == pattern


def test_a_spec_error_prints_every_problem_on_a_line_of_its_own() -> None:
    with pytest.raises(SpecError) as caught:
        parse("version: 1\nname: A\nprovider: 3\n", "x.yaml")
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    assert len(caught.value.problems) == 3
