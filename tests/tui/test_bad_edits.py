"""A spec is saved that cannot be used: it is shown at its line, and the one before stays in force."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from pltui.tui.screens.main import MainScreen
from tests.tui.editing import BAD, TEXT, editing, no_text, noticed, renamed, save

pytestmark = pytest.mark.slow  # a screen for each test; the gate has test_walks and test_in_a_hurry


async def test_a_bad_edit_is_shown_at_its_line(spec_file: Path, snapshot: SnapshotAssertion) -> None:
    async with editing(spec_file, size=(80, 24)) as lab:
        await save(lab, spec_file, BAD)
        lines = lab.text().splitlines()
        (at,) = [number for number, line in enumerate(lines) if "lab.yaml:14:5: " in line]
        assert "did you mean 'cross_zone'?" in lines[at]
        source = next(number for number, line in enumerate(lines) if number > at and "crosszone: true" in line)
        assert lines[source].startswith(lines[source][: lines[source].index("14")] + "14 │")
        assert lines[source + 1].index("^") == lines[source].index("crosszone")
        assert lab.picture() == snapshot


async def test_with_a_bad_edit_the_old_spec_stays_and_mending_it_clears_the_problem(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        before = lab.lab.spec
        await save(lab, spec_file, BAD)
        assert lab.lab.spec is before
        assert lab.lab.calls == []
        assert "the lab keeps the previous one" in lab.text()
        await save(lab, spec_file, TEXT)
        assert "the lab keeps the previous one" not in lab.text()
        assert lab.lab.calls == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_of_many_problems_the_first_are_shown_and_the_others_counted(
    size: tuple[int, int], spec_file: Path
) -> None:
    async with editing(spec_file, size=size) as lab:
        await save(lab, spec_file, TEXT.replace("cross_zone: ", "crosszone: "))
        problems = lab.app.spec_watch.saved.problems  # type: ignore[union-attr]
        shown = 1 if size == (80, 24) else 3
        assert lab.text().count("^\n") == shown
        assert f"and {len(problems) - shown} more" in lab.text()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("version: 1\n  name: x\n", "lab.yaml:2:"),
        (TEXT.replace("zones: 3", "zones: 9", 1), "lab.yaml:10:"),
        ("\x1b[31m: [\n", "lab.yaml:1:"),
        (TEXT.replace("cidr: 10.0.0.0/16", 'cidr: "[link=x]10[/link]"', 1), "lab.yaml:10:"),
    ],
)
async def test_whatever_is_wrong_is_shown_as_text(text: str, told: str, spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        await save(lab, spec_file, text)
        assert told in lab.text()
        assert "\x1b" not in lab.text()


async def test_bytes_that_are_no_text_are_told_of(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        no_text(spec_file)
        await noticed(lab)
        assert "lab.yaml:2:7: not UTF-8 text" in lab.text()


async def test_a_place_far_to_the_right_is_brought_into_sight(spec_file: Path) -> None:
    async with editing(spec_file, size=(80, 24)) as lab:
        await save(lab, spec_file, TEXT.replace("unhealthy_threshold: 3", "unhealthy_treshold: 3"))
        lines = lab.text().splitlines()
        source = next(line for line in lines if "unhealthy_treshold: 3" in line and "│" in line)
        caret = lines[lines.index(source) + 1]
        assert caret.index("^") == source.index("unhealthy_treshold")


async def test_a_file_that_is_gone_is_told_of_until_it_is_back(spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        renamed(spec_file, "elsewhere.yaml")
        await noticed(lab)
        assert "no such file" in lab.text()
        renamed(Path("elsewhere.yaml"), str(spec_file))
        await noticed(lab)
        assert "no such file" not in lab.text()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "name: privatelink",
            "name: other",
            "lab.yaml:6:7: this app shows the lab 'privatelink'; quit it to open 'other'",
        ),
        ("region: ap-northeast-1", "region: eu-west-1", "lab.yaml:7:9: the lab is in ap-northeast-1; quit the app to"),
        (
            '  # account: {id: "111122223333", profile: network}       optional',
            '  account: {id: "111122223333"} # optional',
            "lab.yaml:9:12: the lab's credentials are for other accounts",
        ),
    ],
)
async def test_what_would_be_another_lab_is_refused_at_its_line(old: str, new: str, told: str, spec_file: Path) -> None:
    async with editing(spec_file) as lab:
        before = lab.lab.spec
        assert old in TEXT
        await save(lab, spec_file, TEXT.replace(old, new, 1))
        assert told in lab.text()
        assert lab.lab.spec is before
        assert isinstance(lab.app.screen, MainScreen)
