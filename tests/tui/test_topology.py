"""The picture of the lab: where it stands, what runs along it, and how one moves and looks about in it."""

from collections.abc import Awaitable, Callable, Mapping

import pytest
from syrupy.assertion import SnapshotAssertion

from pltui.errors import LabError
from pltui.tui.controllers import path_monitor
from pltui.tui.screens.main import TOPOLOGY, TREE
from pltui.tui.widgets import topology
from pltui.view.diagram.journey import LINGERS, SECONDS
from tests.builders.fake_lab import FakeLab, spec
from tests.tui.conftest import Driver, showing

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
Size = tuple[int, int]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The one entry is the time dots travel in and paths grow old in; it stands still."""
    now = [100.0]
    monkeypatch.setattr(topology, "monotonic", lambda: now[0])
    monkeypatch.setattr(path_monitor, "monotonic", lambda: now[0])
    return now


async def pictured(lab: Driver) -> None:
    """Converge, change to the picture, and wait for the paths."""
    await lab.converge()
    await lab.press("t")
    await lab.settle()


async def arrived(lab: Driver, clock: list[float]) -> None:
    """Let everything that is on its way be over."""
    clock[0] += SECONDS + LINGERS
    await lab.settle()


async def nothing(lab: Driver, clock: list[float]) -> None:
    await lab.step(2)
    await lab.press("t")


async def coming_alive(lab: Driver, clock: list[float]) -> None:
    await lab.press("t")
    await lab.step(6)


async def answers(lab: Driver, clock: list[float]) -> None:
    await pictured(lab)
    await lab.answer(12)
    await arrived(lab, clock)


async def on_its_way(lab: Driver, clock: list[float]) -> None:
    await pictured(lab)
    await lab.answer()
    clock[0] += SECONDS / 2
    await lab.settle()


async def in_vain(lab: Driver, clock: list[float]) -> None:
    await pictured(lab)
    await lab.answer(1, ("timeout", "No answer within 2 s."))
    clock[0] += SECONDS
    await lab.settle()


async def only_pictured(lab: Driver, clock: list[float]) -> None:
    await pictured(lab)


State = Callable[[Driver, list[float]], Awaitable[None]]
LOOKS: Mapping[str, tuple[Callable[[], FakeLab], State]] = {
    "before anything exists": (FakeLab, nothing),
    "coming alive": (FakeLab, coming_alive),
    "cross-zone off": (lambda: FakeLab(spec(cross_zone=False)), answers),
    "stopped server": (lambda: FakeLab(network={"stopped": frozenset({2})}), on_its_way),
    "closed security group": (lambda: FakeLab(network={"closed": frozenset({"consumer"})}), in_vain),
    "two consumers": (lambda: FakeLab(spec(consumers=("consumer", "partner"))), only_pictured),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_looks(name: str, clock: list[float], snapshot: SnapshotAssertion) -> None:
    """In the smallest terminal; tests/diagram looks at the others."""
    make, reach = LOOKS[name]
    async with showing(make(), size=(80, 24)) as lab:
        await reach(lab, clock)
        assert lab.picture() == snapshot


@SIZES
async def test_cross_zone_on(size: Size, clock: list[float], snapshot: SnapshotAssertion) -> None:
    async with showing(size=size) as lab:
        await answers(lab, clock)
        assert lab.picture() == snapshot


async def test_in_ascii(clock: list[float], snapshot: SnapshotAssertion) -> None:
    async with showing(size=(80, 24), ascii_glyphs=True) as lab:
        await pictured(lab)
        assert lab.picture() == snapshot


async def test_without_colour(clock: list[float], monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with showing(size=(120, 40)) as lab:
        await pictured(lab)
        assert lab.picture() == snapshot


async def test_on_a_light_ground(clock: list[float], snapshot: SnapshotAssertion) -> None:
    async with showing(size=(120, 40)) as lab:
        await pictured(lab)
        await lab.press("T")
        assert lab.picture() == snapshot


async def test_t_changes_between_tree_and_picture() -> None:
    async with showing() as lab:
        main = lab.app.main
        assert (main.view, main.topology.display, main.resources.has_focus) == (TREE, False, True)
        await lab.press("t")
        assert main.view == TOPOLOGY
        assert main.topology.display
        assert main.topology.has_focus
        assert not main.resources.is_on_screen
        await lab.press("t")
        assert main.view == TREE
        assert main.resources.has_focus


async def test_a_broad_screen_has_both_at_once() -> None:
    async with showing(size=(160, 40)) as lab:
        main = lab.app.main
        assert main.topology.display
        assert main.resources.is_on_screen
        assert main.probe_log.is_on_screen


@SIZES
async def test_the_answers_stay_in_sight(size: Size) -> None:
    async with showing(size=size) as lab:
        await pictured(lab)
        await lab.answer(3)
        assert "#3" in lab.text()


async def test_an_unknown_view_is_refused() -> None:
    async with showing() as lab:
        with pytest.raises(ValueError, match="no view"):
            lab.app.main.view = "globe"


async def test_arrows_move_the_selection_and_enter_opens_the_same_details_as_the_tree() -> None:
    async with showing() as lab:
        await pictured(lab)
        picture = lab.app.main.topology
        picture.selected = "consumer/client"
        await lab.press("right")
        assert picture.selected == "consumer/endpoint@apne1-az4"
        await lab.press("right")
        assert picture.selected == "provider/load-balancer@apne1-az4"
        await lab.press("right", "down", "down")
        assert picture.selected == "provider/server-3"
        await lab.press("up")
        assert picture.selected == "provider/server-2"
        await lab.press("enter")
        assert len(lab.app.screen_stack) == 2
        assert "server-2" in lab.text() or "server 2" in lab.text()


async def test_the_selection_can_be_seen_without_colour() -> None:
    async with showing() as lab:
        await pictured(lab)
        lab.app.main.topology.selected = "provider/server-2"
        await lab.settle()
        assert "╔ ● server-2" in lab.text()


async def test_what_is_selected_can_be_copied() -> None:
    async with showing() as lab:
        await pictured(lab)
        lab.app.main.topology.selected = "provider/server-2"
        await lab.press("c")
        assert lab.app.clipboard == lab.lab.exists["provider/server-2"]


async def test_a_click_selects_and_a_second_one_opens_the_details() -> None:
    async with showing() as lab:
        await pictured(lab)
        picture = lab.app.main.topology
        spot = next(each for each in picture._picture.spots if each.key == "provider/server-1")
        await lab.pilot.click(picture, offset=(spot.x + 2, spot.y + 1))
        assert picture.selected == "provider/server-1"
        assert len(lab.app.screen_stack) == 1
        await lab.pilot.click(picture, offset=(spot.x + 2, spot.y + 1))
        await lab.settle()
        assert len(lab.app.screen_stack) == 2


async def test_each_answer_runs_along_its_way(clock: list[float]) -> None:
    async with showing() as lab:
        await pictured(lab)
        await lab.answer()
        observed = set()
        for _ in range(9):
            observed |= set(lab.app.main.topology._over)
            clock[0] += SECONDS / 10
            await lab.settle()
        columns = sorted(x for x, _ in observed)
        assert len(columns) > 5
        assert columns[-1] - columns[0] > 60


async def test_nothing_is_drawn_while_nothing_moves(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing() as lab:
        await pictured(lab)
        await lab.answer(2)
        await arrived(lab, clock)
        await lab.settle()
        drawn: list[int] = []
        picture = lab.app.main.topology
        monkeypatch.setattr(picture, "_strip", lambda y: drawn.append(y))
        await lab.settle()
        await lab.settle()
        assert drawn == []


async def test_only_lines_with_something_on_them_are_drawn_again(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with showing() as lab:
        await pictured(lab)
        picture = lab.app.main.topology
        drawn: list[int] = []
        real = picture._strip
        monkeypatch.setattr(picture, "_strip", lambda y: (drawn.append(y), real(y))[1])
        await lab.answer(1, ("timeout", "No answer within 2 s."))
        clock[0] += SECONDS / 3
        await lab.settle()
        assert len(set(drawn)) < picture.size.height / 2


async def test_the_switch_changes_the_lines_between_the_zones(clock: list[float]) -> None:
    async with showing() as lab:
        await pictured(lab)
        assert "┳" in lab.text()
        clock[0] += path_monitor.LEAST
        await lab.press("x")
        await lab.step()
        await lab.settle()
        assert "┳" not in lab.text()
        assert "cross-zone off" in lab.text()


async def test_paths_are_looked_at_only_while_somebody_sees_them() -> None:
    async with showing() as lab:
        await lab.converge()
        await lab.answer(30)
        assert "paths" not in lab.lab.calls
        await lab.press("t")
        await lab.settle()
        assert lab.lab.calls.count("paths") == 1
        await lab.settle()
        assert lab.lab.calls.count("paths") == 1


async def test_what_keeps_paths_from_being_looked_at_is_said_quietly() -> None:
    fake = FakeLab()
    fake.lost = LabError("ec2:DescribeSubnets is not allowed")
    async with showing(fake, notices=True) as lab:
        await pictured(lab)
        await lab.settle()
        assert "DescribeSubnets" in lab.text()
        assert not [notice for notice in lab.app._notifications if "DescribeSubnets" in notice.message]


async def test_resizing_to_almost_nothing_and_back() -> None:
    async with showing() as lab:
        await pictured(lab)
        for size in ((20, 5), (1, 1), (200, 60), (120, 40)):
            await lab.pilot.resize_terminal(*size)
            await lab.settle()
        assert "PrivateLink" in lab.text()


async def test_while_nobody_sees_it_nothing_is_drawn_and_then_it_is_as_it_should_be(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with showing() as lab:
        await pictured(lab)
        await lab.press("t")
        drawn: list[object] = []
        real = topology.scene
        monkeypatch.setattr(topology, "scene", lambda *given: (drawn.append(given), real(*given))[1])
        await lab.press("x")
        await lab.step()
        await lab.answer(3)
        assert drawn == []
        clock[0] += path_monitor.LEAST
        await lab.press("t")
        await lab.settle()
        assert "cross-zone off" in lab.text()


@pytest.mark.parametrize("turned", [False, True])
async def test_servers_have_the_shares_that_the_bars_have(turned: bool, clock: list[float]) -> None:
    async with showing(size=(200, 60)) as lab:
        await lab.converge()
        await lab.answer(7)
        await lab.answer(2, error=("timeout", "timed out"))
        if turned:
            await lab.press("x")
            await lab.step()
            await lab.answer(4)
        counts = lab.app.main.probes.visible_panes[0].distribution.figures.by_subnet
        shares = {subnet: counts.get(subnet, 0) / sum(counts.values()) for subnet in (1, 2, 3)}
        assert lab.app.main.topology._shares == shares
        assert lab.text().count(f"{shares[1]:.0%} ") >= 3
