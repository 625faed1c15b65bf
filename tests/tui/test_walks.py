"""The whole story by keyboard alone, and by mouse alone; every action there is comes up in the first."""

import os
from pathlib import Path

import pytest
from textual.widgets import Button, OptionList
from textual.widgets._footer import FooterKey

from pltui.tui.actions import ACTIONS
from pltui.tui.screens.details import Details
from pltui.tui.screens.faults import Faults
from pltui.tui.screens.main import TOPOLOGY, TREE, MainScreen
from pltui.tui.screens.panel import Panel
from pltui.tui.screens.review import Review
from pltui.tui.screens.themes import Themes
from pltui.tui.user_settings.resolution import Preferences
from pltui.tui.widgets.tab_line import TabLine
from tests.builders.fake_lab import FakeLab, spec
from tests.tui.conftest import Driver, marks, showing


class Keyboard:
    """Presses the keys of actions, and knows which."""

    def __init__(self, lab: Driver) -> None:
        self.lab = lab
        self.used: set[str] = set()

    async def does(self, identity: str) -> None:
        action = next(each for each in ACTIONS if each.id == identity)
        self.used.add(identity)
        await self.lab.press(action.key)


@pytest.mark.slow
async def test_the_whole_story_by_keyboard_alone(tmp_path: Path) -> None:
    fake = FakeLab(spec(consumers=("consumer", "second")))
    async with showing(fake, preferences=Preferences(pictures=tmp_path)) as lab:
        keys = Keyboard(lab)
        await lab.converge()
        await lab.answer(9)

        await keys.does("lab.cross_zone")
        await lab.step()
        await lab.answer(30)
        assert "live off" in lab.text()
        assert marks(lab)[-1].startswith("cross-zone off took effect")
        await keys.does("lab.explain")
        assert isinstance(lab.app.screen, Panel)
        await lab.press("escape")
        await keys.does("lab.write")
        assert "override" not in lab.text()

        await keys.does("view.topology")
        assert lab.app.main.view == TOPOLOGY
        await lab.press("right")
        await keys.does("view.details")
        assert isinstance(lab.app.screen, Details)
        await lab.press("right", "right", "escape")
        await keys.does("view.topology")
        assert lab.app.main.view == TREE
        await keys.does("view.filter")
        await lab.press(*"server 1", "enter")
        await keys.does("view.copy")
        assert lab.app.clipboard == fake.exists["provider/server-1"]
        await lab.press("escape")

        await keys.does("faults.show")
        await lab.press("enter", "escape")
        assert "break stop provider/server-1" in fake.calls
        await lab.answer(2, ("timeout", "no answer within 2 s"))
        assert "2 timed out" in lab.text()
        await keys.does("faults.mend")
        assert "mend stop provider/server-1" in fake.calls

        await _probe_by_keys(lab, keys)
        await keys.does("view.help")
        await lab.press("escape")
        await keys.does("view.log")
        assert lab.app.main.journal.display
        await keys.does("view.log")
        await keys.does("view.theme")
        assert not lab.app.current_theme.dark
        await keys.does("app.themes")
        assert isinstance(lab.app.screen, Themes)
        await lab.press("escape")
        await keys.does("app.screenshot")
        await lab.settle()
        assert any(name.endswith(".svg") for name in os.listdir(tmp_path))  # noqa: PTH208

        await keys.does("lab.reconcile")
        await lab.settle()
        await keys.does("lab.destroy")
        await lab.press(*"privatelink", "enter")
        await lab.step()
        assert fake.exists == {}
        await keys.does("app.leave")
        assert fake.closed
        assert keys.used == {action.id for action in ACTIONS}


async def _probe_by_keys(lab: Driver, keys: Keyboard) -> None:
    await keys.does("probe.toggle")
    assert "probe paused" in lab.text()
    await keys.does("probe.toggle")
    await keys.does("probe.hold")
    assert not lab.app.main.probe_log.following
    await keys.does("probe.hold")
    await keys.does("probe.next")
    assert "probe running as consumer" in lab.text()
    for change, rate, concurrency in (("faster", 10, 1), ("slower", 5, 1), ("wider", 5, 2), ("narrower", 5, 1)):
        await keys.does(f"probe.{change}")
        assert (lab.app.probe.pace.rate, lab.app.probe.pace.concurrency) == (rate, concurrency)


class Mouse:
    """Clicks on what is seen."""

    def __init__(self, lab: Driver) -> None:
        self.lab = lab

    async def on_key(self, key: str) -> None:
        """The key's name at the bottom of the screen."""
        found = [each for each in self.lab.app.screen.query(FooterKey) if each.key == key and each.region.width]
        assert found, f"{key} is not at the bottom: {[each.key for each in self.lab.app.screen.query(FooterKey)]}"
        await self.lab.pilot.click(found[0])
        await self.lab.settle()

    async def on_text(self, text: str) -> None:
        """The first place on the screen that says so."""
        rows = [strip.text for strip in self.lab.app.screen._compositor.render_strips()]
        row = next(number for number, line in enumerate(rows) if text in line)
        await self.lab.pilot.click(offset=(rows[row].index(text) + 1, row))
        await self.lab.settle()


@pytest.mark.slow
async def test_the_whole_story_by_mouse_alone() -> None:
    """But for typing the lab's name to destroy it, which is meant not to be a click."""
    fake = FakeLab()
    async with showing(fake, size=(200, 60)) as lab:
        mouse = Mouse(lab)
        await lab.converge()
        await lab.answer(9)
        await mouse.on_key("x")
        await lab.step()
        await lab.answer(30)
        assert "live off" in lab.text()
        await mouse.on_key("e")
        assert "consumer to provider-nlb.example.local, port 80" in lab.text()
        await mouse.on_key("escape")
        await mouse.on_text("server 2")
        await mouse.on_key("enter")
        assert isinstance(lab.app.screen, Details)
        tabs = lab.app.screen.query_one(TabLine)
        await lab.pilot.click(tabs, offset=(tabs.size.width // 4, 0))
        await mouse.on_key("escape")
        await mouse.on_key("t")
        assert lab.app.main.view == TOPOLOGY
        await mouse.on_text("server-3")
        await mouse.on_text("server-3")
        assert isinstance(lab.app.screen, Details)
        await mouse.on_key("escape")
        await mouse.on_key("f")
        assert isinstance(lab.app.screen, Faults)
        await mouse.on_text("provider server 1: stop")
        assert "break stop provider/server-1" in fake.calls
        await mouse.on_key("F")
        assert "mend stop provider/server-1" in fake.calls
        await mouse.on_key("escape")
        await mouse.on_key("p")
        assert "probe paused" in lab.text()
        await _palette_by_mouse(lab, mouse)
        await mouse.on_key("q")
        assert fake.closed


async def _palette_by_mouse(lab: Driver, mouse: Mouse) -> None:
    """What is not at the bottom is in the palette; what is asked there is answered by a button."""
    lab.lab.differing = ()
    await mouse.on_text("^p")
    await lab.pilot.pause(0.3)
    choices = lab.app.screen.query_one(OptionList)
    labels = [str(choices.get_option_at_index(n).prompt).split("\n")[0] for n in range(choices.option_count)]
    choices.scroll_to(y=2 * labels.index("Destroy"), animate=False)
    await lab.settle()
    await mouse.on_text("Destroy")
    assert isinstance(lab.app.screen, Review)
    await lab.pilot.click(lab.app.screen.query_one("#no", Button))
    await lab.settle()
    assert isinstance(lab.app.screen, MainScreen)
    assert "destroy" not in lab.lab.calls


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
async def test_what_has_the_focus_can_be_told_from_what_has_not(size: tuple[int, int]) -> None:
    async with showing(size=size) as lab:
        await lab.converge()
        await lab.answer(3)
        await lab.press("l")
        looks = []
        for _ in range(4):
            await lab.press("tab")
            looks.append(((lab.app.focused or lab.app.screen).id, lab.picture()))
        observed = dict(looks)
        assert len(observed) >= 3
        assert len(set(observed.values())) == len(observed), "two of them look the same"
