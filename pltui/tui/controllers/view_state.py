"""View state of a lab: restored at the start, and saved when it changes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pltui.i18n import Phrase, tr
from pltui.probe.schedule import CONCURRENCIES, RATES, SLOWEST, ProbePace
from pltui.text import clean
from pltui.tui.presenter import Presenter
from pltui.tui.user_settings.view_state_file import ViewStateFile

if TYPE_CHECKING:
    from textual.theme import Theme

    from pltui.tui.controllers.probe import ProbeController
    from pltui.tui.user_settings.preferences import Preferences

# Interval of the checks for changes: long enough that several presses of a key are one write.
LOOK_SECONDS = 2.0
# Most characters of an error message, as it may quote a value of any length.
MOST_TOLD = 60


class ViewPresenter(Presenter, Protocol):
    """Presenter that also has the parts whose state is restored."""

    theme: str

    @property
    def available_themes(self) -> dict[str, Theme]:
        """All themes by name."""

    @property
    def no_color(self) -> bool:
        """True if the user wants no colours."""

    @property
    def preferences(self) -> Preferences:
        """The user's preferences."""

    @property
    def probe(self) -> ProbeController:
        """Controller of the probe."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One saved value, as JSON has it. `put` restores it, and raises ValueError if it is invalid."""

    name: str
    get: Callable[[ViewPresenter], Any]
    put: Callable[[ViewPresenter, Any], None]
    early: bool = False  # restored before the first frame, to avoid flicker


def _put_theme(app: ViewPresenter, value: Any) -> None:
    if value not in app.available_themes:
        raise ValueError(Phrase("there is no theme {theme!r}", theme=value))
    # Without colours the terminal's theme is used; one from the command line has precedence.
    if not app.no_color and not app.preferences.theme_insists:
        app.theme = value


def _put_log(app: ViewPresenter, value: Any) -> None:
    app.main.journal.set_class(value is True, "-open")


def _put_view(app: ViewPresenter, value: Any) -> None:
    app.main.view = value


def _get_pace(app: ViewPresenter) -> dict[str, float] | None:
    chosen = app.probe.chosen
    return {"rate": chosen.rate, "concurrency": chosen.concurrency} if chosen else None


def _put_pace(app: ViewPresenter, value: Any) -> None:
    """Restore the pace.

    Raises:
        ValueError: If no key could have set it.
    """
    match value:
        case None:
            pass
        case {"rate": int() | float() as rate, "concurrency": int() as concurrency} if (
            SLOWEST <= rate <= RATES[-1] and concurrency in CONCURRENCIES
        ):
            app.probe.chosen = ProbePace(float(rate), int(concurrency))
        case _:
            raise ValueError(Phrase("not a valid probe rate"))


def _put_consumer(app: ViewPresenter, value: Any) -> None:
    app.probe.select_consumer(str(value))


FACTS = (
    Fact("theme", lambda app: app.theme, _put_theme, early=True),
    Fact("view", lambda app: app.main.view, _put_view),
    Fact("pace", _get_pace, _put_pace),
    Fact("consumer", lambda app: app.probe.alone, _put_consumer),
    Fact("log", lambda app: app.main.journal.has_class("-open"), _put_log),
)


_NOTHING = object()  # differs from every value


class ViewState:
    """Saves only values changed in this session, so that the others keep following the config file."""

    def __init__(self, app: ViewPresenter, file: ViewStateFile) -> None:
        self._app, self._file = app, file
        self._known: dict[str, Any] | None = None  # None until there is a screen
        self._saved: dict[str, Any] = {}
        self._unusable: list[str] = []
        self._left_out: list[str] = []  # facts with invalid saved values, which the present ones overwrite
        self._complained = False

    def begin(self) -> None:
        """Read the saved state, and restore the values that the first frame shows."""
        try:
            self._saved = self._file.read()
        except ValueError as error:
            self._unusable.append(clean(str(error)))
        self._put(early=True)

    def restore(self) -> None:
        """Restore the other values once there is a screen; invalid ones are skipped and reported."""
        self._put(early=False)
        self._known = {**self._now(), **dict.fromkeys(self._left_out, _NOTHING)}
        if self._unusable:
            text = tr("The saved view of this lab is ignored: {why}", why="; ".join(self._unusable))
            self._app.tell(f"{text} ({self._file.path})")

    def _put(self, *, early: bool) -> None:
        for fact in FACTS:
            if fact.early is early and fact.name in self._saved:
                try:
                    fact.put(self._app, self._saved[fact.name])
                except (ValueError, TypeError) as error:
                    self._unusable.append(f"{fact.name}: {clean(str(error), MOST_TOLD)}")
                    self._left_out.append(fact.name)

    def look(self) -> None:
        """Save the changes since the last call, in a thread."""
        if changes := self._changes():
            self._app.run_worker(self._keep(changes), name="view_state", exit_on_error=False)

    def leave(self) -> None:
        """Save the last changes synchronously; an error cannot be reported any more."""
        with contextlib.suppress(OSError):
            self._file.write(self._changes())

    def _changes(self) -> dict[str, Any]:
        if self._known is None:
            return {}
        before, self._known = self._known, self._now()
        return {name: value for name, value in self._known.items() if value != before[name]}

    def _now(self) -> dict[str, Any]:
        return {fact.name: fact.get(self._app) for fact in FACTS}

    async def _keep(self, changes: dict[str, Any]) -> None:
        try:
            await asyncio.to_thread(self._file.write, changes)
        except OSError as error:
            if not self._complained:
                self._complained = True
                self._app.tell(tr("The view of this lab cannot be saved: {why}", why=error.strerror or error))
