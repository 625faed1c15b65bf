"""What holds for any input at all."""

import ipaddress
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pltui.spec import Problem, SpecError, parse
from pltui.spec.cidr import subnet_cidr
from pltui.spec.model import Spec

LAB = (Path(__file__).parents[2] / "specs" / "two-consumers.yaml").read_text("utf-8")

FRAGMENTS = st.sampled_from(
    [
        "version: 1\n",
        "name: a\n",
        "provider:",
        "consumers:",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "  ",
        "\t",
        "\n",
        "\x85",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ": ",
        "? ",
        "<<: ",
        "#",
        "&a ",
        "*a",
        "!t ",
        "'",
        '"',
        "|\n",
        ">\n",
        "1",
        "on",
        "~",
        ".nan",
        "é",
    ]
)
PATHS = st.sampled_from(
    [
        "version",
        "name",
        "provider",
        "provider.vpc",
        "provider.vpc.zones",
        "provider.servers.greeting",
        "consumers",
        "provider.load_balancer.subnets",
        "consumers.partner",
        "consumers.partner.endpoint.ingress",
        "experiments",
        "experiments.0",
        "experiments.0.answered_by.partner",
        "experiments.1.answered_by.0",
        "probe.subnet_pattern",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def check(text: str, overrides: list[str] | None = None) -> None:
    """Fails on anything but a spec or problems of one line each."""
    problems: tuple[Problem, ...] | None = None
    try:
        assert isinstance(parse(text, "x.yaml", overrides or []), Spec)
    except SpecError as error:
        problems = error.problems
    assert problems is None or (problems and all(len(str(problem).splitlines()) == 1 for problem in problems))


@settings(max_examples=200, deadline=None)
@given(st.text() | st.lists(FRAGMENTS, max_size=40).map("".join))
def test_any_text_is_a_spec_or_told_why_not(text: str) -> None:
    check(text)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(LAB)), st.integers(0, 12), st.text(max_size=6) | FRAGMENTS)
def test_any_damage_to_a_spec_is_a_spec_or_told_why_not(start: int, length: int, instead: str) -> None:
    check(LAB[:start] + instead + LAB[start + length :])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30) | st.builds("{}={}".format, PATHS, VALUES | st.text(max_size=12)))
def test_any_override_is_applied_or_told_why_not(override: str) -> None:
    check(LAB, [override])


@given(st.integers(16, 24), st.integers(0, 255))
def test_the_subnets_of_a_vpc_fill_it_and_do_not_overlap(prefix: int, octet: int) -> None:
    vpc = ipaddress.ip_network(f"10.{octet}.0.0/{prefix}")
    cut = [ipaddress.ip_network(subnet_cidr(str(vpc), each, n)) for each in ("public", "private") for n in range(1, 9)]
    assert cut == list(vpc.subnets(prefixlen_diff=4))


def test_subnets_are_cut_as_the_consoles_wizard_cuts_them() -> None:
    assert subnet_cidr("10.0.0.0/16", "public", 2) == "10.0.16.0/20"
    assert subnet_cidr("10.0.0.0/16", "private", 1) == "10.0.128.0/20"
    assert subnet_cidr("10.0.0.0/16", "private", 3) == "10.0.160.0/20"


@pytest.mark.parametrize(
    ("block", "index"), [("10.0.0.0/15", 1), ("10.0.0.0/25", 1), ("10.0.0.0/16", 0), ("10.0.0.0/16", 9)]
)
def test_a_subnet_that_cannot_be_cut_is_an_error(block: str, index: int) -> None:
    with pytest.raises(ValueError, match=r"cannot be cut|outside 1 to 8"):
        subnet_cidr(block, "public", index)


def test_importing_the_package_imports_neither_the_yaml_reader_nor_the_checker() -> None:
    code = "import sys, pltui.spec; print(sorted({'ruamel.yaml', 'jsonschema', 'difflib'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
