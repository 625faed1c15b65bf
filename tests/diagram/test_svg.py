"""The drawing as SVG: well-formed, self-contained, and safe whatever names there are."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.tui.theming import theme
from pltui.view.diagram.scene import scene
from pltui.view.diagram.svg import DARK, LIGHT, svg
from pltui.view.lab_snapshot import Condition
from tests.builders.scenes import TEXT, TWO, drawn, snapshot, spec

SPACE = "{http://www.w3.org/2000/svg}"
SCENES = {
    "off": lambda: drawn(cross_zone=False),
    "on": lambda: drawn(cross_zone=True),
    "closed": lambda: drawn(closed=frozenset({"consumer"})),
    "two": lambda: drawn(spec(TWO)),
    "five servers": lambda: drawn(spec(TEXT.replace("vpc: {zones: 3}", "servers: {count: 5}")), True),
    "missing": lambda: scene(spec(), snapshot(spec(), Condition.ABSENT, "missing")),
}


def words(document: str) -> str:
    return " ".join(ElementTree.fromstring(document).itertext())


@pytest.mark.parametrize("name", SCENES)
def test_it_is_well_formed_and_says_what_it_shows(name: str) -> None:
    root = ElementTree.fromstring(svg(SCENES[name]()))
    assert root.tag == f"{SPACE}svg"
    assert re.fullmatch(r"0 0 [\d.]+ [\d.]+", root.attrib["viewBox"])
    assert root[0].tag == f"{SPACE}title"
    assert root[1].tag == f"{SPACE}desc"
    assert all(child.text for child in root[:2])


@pytest.mark.parametrize("name", SCENES)
def test_it_needs_nothing_from_elsewhere(name: str) -> None:
    document = svg(SCENES[name]()).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|href|url\(|<script|<image|@import", document)


@pytest.mark.parametrize("name", SCENES)
def test_everything_is_within_the_picture(name: str) -> None:
    root = ElementTree.fromstring(svg(SCENES[name]()))
    *_, wide, high = map(float, root.attrib["viewBox"].split())
    for each in root.iter(f"{SPACE}rect"):
        x, y, width, height = (float(each.attrib.get(key, 0)) for key in ("x", "y", "width", "height"))
        assert 0 <= x <= x + width <= wide
        assert 0 <= y <= y + height <= high


def test_a_closed_link_carries_its_reason() -> None:
    assert "security group" in words(svg(SCENES["closed"]()))


def test_the_description_tells_who_answers_and_who_does_not() -> None:
    root = ElementTree.fromstring(svg(drawn(cross_zone=False)))
    assert root[1].text is not None
    assert "server-1 answers." in root[1].text
    assert "server-2: cross-zone off." in root[1].text


def test_it_is_readable_on_a_light_and_on_a_dark_page() -> None:
    document = svg(drawn())
    light, _, dark = document.partition("@media (prefers-color-scheme:dark)")
    assert LIGHT[0] in light
    assert DARK[0] in dark


def test_its_lanes_have_the_colours_of_the_screen() -> None:
    assert tuple(theme.DARK.variables[f"lane-{n}"] for n in range(1, 7)) == DARK
    assert tuple(theme.LIGHT.variables[f"lane-{n}"] for n in range(1, 7)) == LIGHT


@given(
    hostile=st.text(max_size=40)
    | st.just("</text><script>alert(1)</script>")
    | st.just('"><&\x1b[31m')
    | st.just("\ufffe\uffff")
)
def test_names_from_outside_are_text(hostile: str) -> None:
    found = drawn(cross_zone=True)
    things = {key: replace(each, label=hostile, word=hostile, ip=hostile) for key, each in found.things.items()}
    lanes = tuple(replace(lane, name=hostile) for lane in found.lanes)
    document = svg(replace(found, lab=hostile, things=things, lanes=lanes))
    root = ElementTree.fromstring(document)
    assert not list(root.iter(f"{SPACE}script"))
    assert "\x1b" not in document
