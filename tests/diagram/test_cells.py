"""The picture in cells: never larger than its place, lined up, and told by shape as well as by colour."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pltui.i18n import set_language
from pltui.spec import parse
from pltui.text import width
from pltui.tui.theming.ascii_mode import to_ascii
from pltui.view.diagram.canvas import HEAVY, LIGHT, Canvas, Ink
from pltui.view.diagram.cells import Picture, draw
from pltui.view.diagram.model import DiagramFlow, Scene
from pltui.view.diagram.scene import scene
from pltui.view.lab_snapshot import Condition
from tests.builders.scenes import TWO, drawn, snapshot, spec
from tests.builders.spec_network import ZONES

SIZES = [(38, 8), (60, 12), (80, 12), (80, 14), (100, 16), (120, 20), (140, 30), (200, 56)]
STATES = {
    "off": lambda: drawn(cross_zone=False),
    "on": lambda: drawn(cross_zone=True),
    "stopped": lambda: drawn(cross_zone=True, stopped=frozenset({2})),
    "closed": lambda: drawn(closed=frozenset({"consumer"})),
    "pending": lambda: drawn(state="pending"),
    "two": lambda: drawn(spec(TWO), cross_zone=True),
    "missing": lambda: scene(spec(), snapshot(spec(), Condition.ABSENT, "missing")),
}


def lines(picture: Picture) -> list[str]:
    return ["".join(run.text for run in line) for line in picture.lines]


def text(picture: Picture) -> str:
    return "\n".join(lines(picture))


def assert_fits(picture: Picture, columns: int, rows: int) -> None:
    assert len(picture.lines) == rows
    assert {width(line) for line in lines(picture)} == {columns}
    for spot in picture.spots:
        assert 0 <= spot.x < columns
        assert 0 <= spot.y < rows


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_it_fills_its_place_and_no_more(size: tuple[int, int], state: str) -> None:
    columns, rows = size
    assert_fits(draw(STATES[state](), columns, rows), columns, rows)


@given(
    columns=st.integers(1, 220),
    rows=st.integers(1, 60),
    zones=st.integers(1, len(ZONES)),
    servers=st.integers(1, 8),
    consumers=st.integers(1, 4),
    cross_zone=st.booleans(),
    condition=st.sampled_from([None, *Condition]),
    data=st.data(),
)
def test_no_lab_and_no_size_exceeds_it(
    columns: int,
    rows: int,
    zones: int,
    servers: int,
    consumers: int,
    cross_zone: bool,
    condition: Condition | None,
    data: st.DataObject,
) -> None:
    parts = "".join(
        f"  c{n}: {{vpc: {{zones: {zones}}}, endpoint: {{subnets: [{data.draw(st.integers(1, zones))}]}}}}\n"
        for n in range(consumers)
    )
    of = parse(
        f"version: 1\nname: lab\nprovider:\n  vpc: {{zones: {zones}}}\n  servers: {{count: {servers}}}\n"
        f"  load_balancer: {{name: nlb, cross_zone: {str(cross_zone).lower()}}}\nconsumers:\n{parts}",
        "lab.yaml",
    )
    found = drawn(of, cross_zone) if condition is None else scene(of, snapshot(of, condition, "word"))
    keys = [*found.things, ""]
    shares, selected = dict.fromkeys(range(1, zones + 1), 1 / zones), data.draw(st.sampled_from(keys))
    assert_fits(draw(found, columns, rows, shares, selected), columns, rows)


@settings(max_examples=40)
@given(name=st.text(max_size=60), word=st.text(max_size=60))
def test_wide_and_strange_words_exceed_it_no_more(name: str, word: str) -> None:
    found = drawn(cross_zone=True)
    things = {key: replace(thing, label=name, word=word, ip=name) for key, thing in found.things.items()}
    for columns, rows in SIZES:
        assert_fits(draw(replace(found, things=things), columns, rows), columns, rows)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_in_japanese_it_fits_as_well(size: tuple[int, int]) -> None:
    set_language("ja")
    try:
        assert_fits(draw(drawn(spec(TWO)), *size), *size)
    finally:
        set_language("en")


def test_lines_between_zones_come_and_go_with_the_switch() -> None:
    on, off = (draw(drawn(cross_zone=switch), 120, 20) for switch in (True, False))
    crossing = ("provider/load-balancer@apne1-az4", "provider/server-3")
    assert crossing in on.tracks
    assert crossing not in off.tracks
    assert "┳" in text(on)
    assert "┳" not in text(off)
    assert text(off).count("cross-zone off") == 2


def test_the_reason_stands_on_a_closed_link_where_there_is_room() -> None:
    (line,) = (
        each for each in lines(draw(drawn(closed=frozenset({"consumer"})), 200, 30)) if "✗ security group" in each
    )
    assert "╌✗ security group ╌" in line.replace("╌ ✗", "╌✗")


def test_where_there_is_none_the_reason_stands_at_its_end() -> None:
    (line,) = (each for each in lines(draw(drawn(closed=frozenset({"consumer"})), 80, 14)) if "security" in each)
    assert "✗" in line


def test_who_answers_is_told_without_colour() -> None:
    """Heavy for what carries requests, thin for what does not, dotted for what is missing."""
    shown = text(draw(drawn(cross_zone=False), 120, 20))
    assert "┏ ● server-1" in shown
    assert "╭ ● server-2" in shown
    assert "┌ ○ server-1" in text(draw(STATES["missing"](), 120, 20))


def test_in_ascii_open_closed_and_missing_links_differ() -> None:
    open_, closed, missing = (to_ascii(text(draw(STATES[state](), 200, 30))) for state in ("off", "closed", "missing"))
    assert "?" not in open_ + closed + missing
    assert "====>" in open_
    assert "====>" not in closed
    assert "-x security group -" in closed.replace("- x", "-x")
    assert "...." in missing


def test_nothing_but_words_is_selected_twice() -> None:
    found = drawn(cross_zone=True)
    picture = draw(found, 120, 20, selected="provider/server-2")
    assert "╔ ● server-2" in text(picture)
    assert text(picture).count("╔") == 1


@pytest.mark.parametrize("size", SIZES[2:], ids=str)
def test_every_thing_can_be_selected(size: tuple[int, int]) -> None:
    found = drawn(cross_zone=True)
    assert {spot.key for spot in draw(found, *size).spots} == set(found.things)


def test_lanes_of_both_sides_are_at_one_height() -> None:
    tracks = draw(drawn(cross_zone=False), 120, 20).tracks
    rows = {y for ends, track in tracks.items() if "az4" in "".join(ends) for _, y in track}
    assert len(rows) == 1


def test_of_several_consumers_lines_keep_apart_by_zone() -> None:
    picture = draw(drawn(spec(TWO)), 120, 24)
    upright = {
        x
        for ends, track in picture.tracks.items()
        if "endpoint@" in ends[0]
        for (x, y), (other, below) in pairwise(track)
        if x == other and y != below
    }
    assert len(upright) == 3


def test_shares_stand_with_the_servers() -> None:
    shown = text(draw(drawn(cross_zone=True), 120, 20, {1: 0.5, 2: 0.25, 3: 0.25}))
    assert shown.count("25%") == 2
    assert "50%" in shown


def test_lines_join_where_they_meet() -> None:
    canvas = Canvas(7, 3)
    canvas.line([(0, 0), (3, 0), (3, 2), (6, 2)], HEAVY, Ink())
    canvas.line([(3, 1), (6, 1)], LIGHT, Ink())
    assert ["".join(run.text for run in line) for line in canvas.lines()] == ["━━━┓   ", "   ┠───", "   ┗━━━"]


def test_what_is_off_has_no_track() -> None:
    found: Scene = drawn(cross_zone=False)
    off = {link.ends for link in found.links.values() if link.flow is DiagramFlow.OFF}
    assert off
    assert not off & set(draw(found, 120, 20).tracks)
