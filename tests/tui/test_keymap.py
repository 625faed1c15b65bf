"""Keys of one's own: they do what the old ones did, are told of everywhere, and never clash."""

from pathlib import Path

import pytest
from textual.binding import Binding

from pltui.tui.actions import ACTIONS
from pltui.tui.app import LabApp
from pltui.tui.replay.app import ReplayApp
from pltui.tui.screens.panel import Panel
from pltui.tui.user_settings import keymap
from pltui.tui.user_settings.config_file import ConfigError, parse
from pltui.tui.user_settings.resolution import Preferences, choose_preferences, entries
from tests.tui.conftest import panel, showing


def preferences(keys: str) -> Preferences:
    """What `[keys]` in the config file comes to."""
    return choose_preferences(parse(f"[keys]\n{keys}\n", Path("c.toml")))


def problems(keys: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        preferences(keys)
    return [str(problem) for problem in raised.value.problems]


# -- what may be given --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("x", "x"),
        ("X", "X"),
        ("shift+x", "X"),
        ("?", "question_mark"),
        ("/", "slash"),
        ("ctrl+x, F", "ctrl+x,F"),
        ("f2", "f2"),
        ("ctrl+shift+up", "ctrl+shift+up"),
        ("+", "plus"),
        ("ö", "ö"),
        ("space", "space"),
    ],
)
def test_keys_are_written_as_people_write_them(written: str, meant: str) -> None:
    assert keymap.normalize_keys(written) == meant


@pytest.mark.parametrize("written", ["", "ctlr+x", "x,", "hello", "ctrl+", "ctrl", "\x1b", "f99", "x+y", ","])
def test_what_is_no_key_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is not a key"):
        keymap.normalize_keys(written)


def test_a_slip_of_the_pen_is_told_with_what_was_meant() -> None:
    assert problems('lab.crosszone = "X"') == ["c.toml:2:1: no command 'lab.crosszone'; did you mean 'lab.cross_zone'?"]


@pytest.mark.parametrize("key", sorted(keymap.KEPT))
def test_ways_out_and_about_cannot_be_given_away(key: str) -> None:
    (told,) = problems(f'lab.reconcile = "{key}"')
    assert told.startswith(f"c.toml:2:1: '{key}' cannot be assigned to lab.reconcile: it ")


# -- clashes ------------------------------------------------------------------------------------------------------


def test_as_declared_nothing_is_refused() -> None:
    assert preferences("").keys == {}


def test_two_commands_with_one_key_are_refused_and_both_named() -> None:
    (told,) = problems('lab.reconcile = "x"')
    assert told == (
        "c.toml:2:1: 'x' cannot be assigned to lab.reconcile (Apply the spec to the lab, undoing overrides): "
        "it is lab.cross_zone (Switch cross-zone load balancing and watch which subnets answer)"
    )


def test_two_new_keys_that_clash_are_refused_with_both_lines() -> None:
    (told,) = problems('lab.reconcile = "R"\nlab.explain = "R"')
    assert told.startswith("c.toml:2:1: 'R' cannot be assigned to lab.reconcile")
    assert "line 3 assigns it to lab.explain" in told


def test_a_key_the_tree_takes_while_it_has_the_focus_is_refused() -> None:
    (told,) = [text for text in problems('lab.reconcile = "k"') if "tree." in text]
    assert "it is tree.up (Move up)" in told


def test_two_commands_may_change_places() -> None:
    assert preferences('lab.cross_zone = "r"\nlab.reconcile = "x"').keys == {
        "lab.cross_zone": "r",
        "lab.reconcile": "x",
    }


def test_what_is_never_on_screen_together_may_have_one_key() -> None:
    assert preferences('confirm.yes = "x"').keys == {"confirm.yes": "x"}


def test_within_a_modal_a_key_is_one_answers() -> None:
    (told,) = problems('confirm.yes = "n"')
    assert "it is confirm.no (Cancel)" in told


# -- what comes of it ---------------------------------------------------------------------------------------------


async def test_a_new_key_does_what_the_old_one_did_which_does_nothing_more() -> None:
    async with showing(preferences=preferences('lab.cross_zone = "X,ctrl+x"')) as lab:
        await lab.converge()
        await lab.press("x")
        assert lab.app.facts.requested is None
        await lab.press("ctrl+x")
        assert lab.app.facts.requested is False
        await lab.step()
        await lab.press("X")
        assert lab.app.facts.requested is True


async def test_commands_that_change_places_do_so_in_the_footer_too() -> None:
    async with showing(preferences=preferences('lab.cross_zone = "r"\nlab.reconcile = "x"')) as lab:
        await lab.converge()
        footer = lab.text().splitlines()[-1]
        assert footer.strip().startswith("r cross-zone p probe x reconcile e explain")
        await lab.press("r")
        assert lab.app.facts.requested is False


async def test_help_and_palette_tell_the_new_keys() -> None:
    keys = 'lab.explain = "E"\nview.help = "f1"\ntree.up = "u"\npanel.close = "f4"'
    async with showing(preferences=preferences(keys), size=(120, 80)) as lab:
        await lab.press("f1")
        assert isinstance(lab.app.screen, Panel)
        lines = [line.strip(" │") for line in panel(lab).splitlines()]
        assert any(line.startswith("E ") and "hop by hop" in line for line in lines)
        assert any(line.startswith("u ") and "Move up" in line for line in lines)
        await lab.press("escape")
        assert isinstance(lab.app.screen, Panel)
        await lab.press("f4")
        assert not isinstance(lab.app.screen, Panel)
        await lab.press("ctrl+p", *"explain")
        await lab.pilot.pause(0.5)
        assert "hop by hop, and what blocks it (E)" in lab.text()


async def test_a_widgets_key_is_remapped() -> None:
    async with showing(preferences=preferences('tree.down = "n"\nprobe.next = "N"')) as lab:
        await lab.converge()
        before = lab.app.main.resources.cursor_line
        await lab.press("n")
        assert lab.app.main.resources.cursor_line == before + 1
        await lab.press("down")
        assert lab.app.main.resources.cursor_line == before + 1


# -- what there is ------------------------------------------------------------------------------------------------


def test_every_command_and_every_binding_of_ours_can_be_remapped() -> None:
    ids = {entry.id for entry in entries()}
    assert ids >= {action.id for action in ACTIONS}
    assert ids >= {"tree.up", "stream.up", "panel.close", "confirm.yes", "themes.no", "replay.pause"}


def test_every_binding_has_an_id_and_tells_what_it_does() -> None:
    nameless = [
        f"{owner.__qualname__}: {binding}"
        for owner in keymap.binding_owners()
        for binding in owner.__dict__.get("BINDINGS", ())
        if not (isinstance(binding, Binding) and binding.id and binding.tooltip)
    ]
    assert nameless == []


@pytest.mark.parametrize("app", [LabApp, ReplayApp])
def test_as_declared_no_two_commands_of_an_app_have_one_key(app: type[LabApp]) -> None:
    keys = [key for action in app.OFFERED for key in action.key.split(",")]
    assert sorted(keys) == sorted(set(keys))


def test_an_id_means_one_thing() -> None:
    meanings: dict[str, set[str]] = {}
    for entry in entries():
        meanings.setdefault(entry.id, set()).add(entry.key)
    assert {identity: keys for identity, keys in meanings.items() if len(keys) > 1} == {}
