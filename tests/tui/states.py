"""The states of the app that tests look at, and how one gets there."""

import re
from collections.abc import Awaitable, Callable, Mapping

from tests.builders.fake_lab import FakeLab, refused
from tests.tui.conftest import Driver

State = Callable[[Driver], Awaitable[None]]


async def starting(lab: Driver) -> None:
    """Nothing has happened."""


async def converging(lab: Driver) -> None:
    await lab.step(5)


async def converged(lab: Driver) -> None:
    await lab.converge()


async def probing(lab: Driver) -> None:
    await lab.converge()
    await lab.answer(40)


async def switched_off(lab: Driver) -> None:
    await lab.converge()
    await lab.answer(8)
    await lab.press("x")
    await lab.step()
    await lab.answer(3)
    await lab.answer(1, ("timeout", "No answer within 2 s."))


async def details(lab: Driver) -> None:
    await lab.converge()
    await lab.select("provider/load-balancer")
    await lab.press("enter")


def after_keys(name: str, *keys: str) -> State:
    """What the keys open on a converged lab."""

    async def reach(lab: Driver) -> None:
        await lab.converge()
        await lab.press(*keys)

    reach.__name__ = name
    return reach


async def recovery(lab: Driver) -> None:
    await lab.converge()
    lab.lab.ended = "the sandbox has died: killed by signal 9"
    await lab.app.recovery.look()
    await lab.settle()


async def held(lab: Driver) -> None:
    await probing(lab)
    await lab.press("h")
    await lab.answer(4)


async def palette(lab: Driver) -> None:
    await lab.converge()
    await lab.press("ctrl+p")
    await lab.pilot.pause(0.5)
    lab.app.screen.query_one("Input").cursor_blink = False  # type: ignore[attr-defined]
    await lab.settle()


async def error(lab: Driver) -> None:
    await lab.step()
    lab.app.clear_notifications()
    await lab.settle()


def failing() -> FakeLab:
    fake = FakeLab()
    fake.raises = refused()
    return fake


help_ = after_keys("help", "question_mark")
themes = after_keys("themes", "ctrl+t")
filter_ = after_keys("filter", "slash")
log = after_keys("log", "l")
mend = after_keys("mend", "F")
destroy = after_keys("destroy", "D", *"priv")
faults = after_keys("faults", "f")
explanation = after_keys("explanation", "e")
topology = after_keys("topology", "t")

STATES: tuple[State, ...] = (
    starting, converging, probing, switched_off, details, help_, themes, recovery, held, palette, error, filter_, log,
    mend, destroy, faults, explanation, topology,
)  # fmt: skip
LABS: Mapping[State, Callable[[], FakeLab]] = {error: failing}


def words(text: str) -> set[str]:
    """The words on a screen that are there in full."""
    return set(re.findall(r"(?<![\w.…/-])[A-Za-z][a-z]{2,}(?![\w.…/-])", text))
