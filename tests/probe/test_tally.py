"""Counting who answered, drawing it, and what a poor terminal gets."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pltui.probe.answer import Answer
from pltui.probe.tally import Tally
from pltui.topology.headings import headings, place
from pltui.tui.rendering.bars import bar
from pltui.tui.theming.ascii_mode import ascii_only, to_ascii
from tests.builders.fake_lab import all_desired, spec

ANSWER = Answer(1, "", 200, 1, "ap-northeast-1a", 3.0, "10.0.129.7", None, None, "Subnet 1", "consumer")
TIMEOUT = replace(ANSWER, status=None, subnet=None, zone=None, latency_ms=None, error="No answer", kind="timeout")


def test_shares_are_of_the_window_and_totals_of_everything() -> None:
    tally = Tally(window=3)
    tally.add([ANSWER, ANSWER, replace(ANSWER, subnet=2), replace(ANSWER, subnet=2), TIMEOUT])
    assert tally.by_subnet() == {2: 2}
    assert tally.by_failure() == {"timeout": 1}
    assert (tally.sent, tally.failed, len(tally)) == (5, 1, 3)


def test_percentiles_are_latencies_that_were_measured() -> None:
    tally = Tally()
    tally.add(replace(ANSWER, latency_ms=float(n)) for n in range(1, 101))
    assert tally.percentiles(50, 95, 99) == (50.0, 95.0, 99.0)


def test_there_are_no_percentiles_of_failures() -> None:
    tally = Tally()
    tally.add([TIMEOUT])
    assert tally.percentiles(50) is None


@given(share=st.floats(-1, 2), width=st.integers(1, 200))
def test_a_bar_is_always_as_wide_as_it_should_be(share: float, width: int) -> None:
    assert cell_len(bar(share, width)) == width


def test_a_bar_shows_an_eighth_of_a_cell() -> None:
    assert bar(1 / 16, 2, " ") == "▏ "
    assert bar(1, 3) == "███"


@given(st.text())
def test_ascii_takes_as_many_cells_as_what_it_stands_for(text: str) -> None:
    near = to_ascii(text)
    assert near.isascii()
    assert cell_len(near) == cell_len(text) or not text.isprintable()


@pytest.mark.parametrize(
    ("lang", "ascii_"), [("C", True), ("POSIX", True), ("de_DE.ISO8859-1", True), ("C.UTF-8", False)]
)
def test_the_locale_tells_what_the_terminal_can_show(monkeypatch: pytest.MonkeyPatch, lang: str, ascii_: bool) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_CTYPE", raising=False)
    monkeypatch.setenv("LANG", lang)
    assert ascii_only() is ascii_


def test_every_resource_of_a_lab_has_a_heading() -> None:
    lab = spec(consumers=("consumer", "second"))
    known = headings(lab)
    assert all(place(desired.address, desired.kind) in known for desired in all_desired(lab))
