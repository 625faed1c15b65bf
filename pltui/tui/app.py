"""The application: keys become calls on the session, and what the session tells becomes what the screen shows."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial, reduce
from pathlib import Path
from typing import ClassVar, TypeVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingsMap
from textual.filter import LineFilter
from textual.screen import Screen

from pltui.engine.types import Event
from pltui.snapshot import World, fold
from pltui.text import clean
from pltui.tui import leaving, theme
from pltui.tui.command import Command
from pltui.tui.commands import COMMANDS, FOOTER
from pltui.tui.plain import AsciiOnly, ascii_only
from pltui.tui.screens.details import details
from pltui.tui.screens.main import MainScreen
from pltui.tui.screens.panel import Panel, plain
from pltui.tui.session import LabSession
from pltui.tui.widgets.header import Facts
from pltui.tui.widgets.stream import Mark
from pltui.tui.work import Work
from pltui.words import tr

# Draining at this pace costs a tenth of what one message an event does, and is as fluent to the eye.
DRAIN_SECONDS = 0.05
# How long a change of the switch made by somebody else may go unseen.
WATCH_SECONDS = 5.0

_HERE = Path(__file__).parent
_WIDGETS = ("header", "tree", "progress", "stream", "shares", "journal")
T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


def _take(queue: deque[T]) -> list[T]:
    taken = list(queue)
    queue.clear()
    return taken


class LabApp(App[int]):
    """One lab on screen. `clock` is the time durations count to; `watch`, the seconds between looks at the switch."""

    TITLE = "pltui"
    # The main screen's sheet is here, as Textual loads no stylesheet of a default screen.
    CSS_PATH: ClassVar[list[Path]] = [  # type: ignore[assignment]
        _HERE / "screens" / "main.tcss",
        *(_HERE / "widgets" / f"{name}.tcss" for name in _WIDGETS),
    ]
    OFFERED: ClassVar[tuple[Command, ...]] = COMMANDS
    SILENT: ClassVar[tuple[Command, ...]] = ()  # their keys work, and no help tells of them
    FOOTER: ClassVar[tuple[str, ...]] = FOOTER
    WITHOUT_ANSWERS: ClassVar[str] = "The answers appear here once the probe runs."
    NOTIFICATION_TIMEOUT = 4

    def __init__(
        self,
        session: LabSession,
        *,
        clock: Callable[[], datetime] = _now,
        watch: float | None = WATCH_SECONDS,
        ascii_glyphs: bool | None = None,
    ) -> None:
        # Only so does Textual leave every colour out; otherwise it draws in shades of grey.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        # Not in BINDINGS: at import the language is not chosen yet.
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap(self._offered_bindings())])
        self.session = session
        self.world = World()
        self.work = Work(self)
        self._clock = clock
        self._watch = watch
        self._events: deque[Event] = deque()
        self._shown: tuple[Panel, str] | None = None
        self._ascii = AsciiOnly(enabled=ascii_only() if ascii_glyphs is None else ascii_glyphs)
        self.leaves_process = False  # set by `run`: only then may leaving end the process
        for each in (theme.DARK, theme.LIGHT):
            self.register_theme(each)
        self.theme = "ansi-dark" if self.no_color else theme.DARK.name
        spec = session.spec
        self.facts = Facts(
            lab=spec.name,
            target=session.target,
            region=session.region,
            endpoint=session.endpoint or "",
            load_balancer=spec.provider.load_balancer.name,
            wanted=spec.provider.load_balancer.cross_zone,
            consumer=next(iter(spec.consumers)) if len(spec.consumers) > 1 else "",
        )

    def _offered_bindings(self) -> Iterable[Binding]:
        """Those of the footer first, as it shows them in this order."""
        rank = {identity: number for number, identity in enumerate(self.FOOTER)}
        for command in sorted(self.OFFERED, key=lambda command: rank.get(command.id, len(rank))):
            yield command.binding(shown=command.id in rank)
        for command in self.SILENT:
            yield command.binding(shown=False)

    # -- what Textual asks for

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.defaults()

    def get_line_filters(self) -> list[LineFilter]:
        filters = list(super().get_line_filters())
        return [*filters, self._ascii] if self._ascii.enabled else filters

    def get_default_screen(self) -> Screen[None]:
        return MainScreen(self.session.spec)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        for command in self.OFFERED:
            run = partial(command.run, self)
            yield SystemCommand(tr(command.label).capitalize(), f"{tr(command.help)} ({self._key(command.key)})", run)
        for other in super().get_system_commands(screen):
            if other.title in {"Theme", "Screenshot"}:
                yield other

    @staticmethod
    def _key(key: str) -> str:
        return {"slash": "/", "question_mark": "?"}.get(key, key)

    def on_main_screen_ready(self) -> None:
        self.theme_changed_signal.subscribe(self, self._recolour)
        self.show_facts()
        self.main.stream.say(self.WITHOUT_ANSWERS)
        if self.leaves_process:
            leaving.on_signals(lambda: self.call_next(self.action_quit))
        self.set_interval(DRAIN_SECONDS, self.drain)
        if self._watch:
            self.set_interval(self._watch, self.work.watch_switch)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """After the first frame: all that takes time."""
        self.run_worker(self._follow(), name="feed")
        self.work.start()

    async def _follow(self) -> None:
        with self.session.feed.subscribed(self._events.append):
            await asyncio.Event().wait()

    # -- showing

    @property
    def main(self) -> MainScreen:
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def drain(self) -> None:
        """Show what has come since the last time."""
        if not self.is_running or not self.screen_stack:
            return
        main = self.main
        events = _take(self._events)
        if events:
            self.show_world(reduce(fold, events, self.world))
            main.journal.add(events)
        if lines := _take(self.work.lines):
            main.stream.add(lines)
            main.shares.show(self.work.tally, self.work.zones)
        if self.world.working:
            main.progress.now = self._clock()

    def show_world(self, world: World) -> None:
        self.world = world
        self.main.resources.show(world)
        self.main.progress.world = world
        if self._shown and self._shown[0] is self.screen:
            panel, address = self._shown
            panel.show(details(self, world.rows[address]))

    def show_facts(self, **changes: object) -> None:
        """Change what the header says."""
        self.facts = replace(self.facts, **changes)  # type: ignore[arg-type]
        self.main.header.facts = self.facts

    def show_doing(self, doing: str) -> None:
        self.main.progress.doing = doing

    def show_problem(self, message: str, hint: str = "") -> None:
        """A line that stays until the next attempt, and a notice that does not."""
        text = clean(f"{message} · {hint}" if hint else message)
        self.main.progress.problem = text
        if text:
            self.notify(clean(hint) or "Press l for the log.", title=clean(message), severity="error", markup=False)

    def show_crash(self, doing: str, error: BaseException) -> None:
        """A fault of ours: said plainly, with the place, and the app goes on."""
        where = error.__traceback__
        while where and where.tb_next:
            where = where.tb_next
        place = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "unknown"
        text = plain(
            f"While {doing}, something went wrong that should not have:\n\n"
            f"{type(error).__name__}: {error}\n\nat {place}\n\n"
            "The lab is as it was left. Press esc, then r to try again. Please report this."
        )
        self.show_problem(f"{doing}: {type(error).__name__}", "press r to try again")
        self.push_screen(Panel("An error inside pltui", text, classes="-error"))

    def tell(self, message: str) -> None:
        self.notify(clean(message), markup=False)

    def _recolour(self, _: object) -> None:
        main = self.main
        main.resources.repaint()
        for widget in (main.header, main.progress, main.stream, main.shares):
            widget.refresh()

    def keep_showing(self, panel: Panel, address: str) -> None:
        """Keep the panel's details of this resource as they are now."""
        self._shown = panel, address

    # -- commands

    def action_command(self, identity: str) -> None:
        """Do what the command with this id does."""
        next(command for command in (*self.OFFERED, *self.SILENT) if command.id == identity).run(self)

    async def action_quit(self) -> None:
        """Leave within two seconds: no new calls, those on the wire are let go."""
        if self.leaves_process:
            leaving.last_resort(self._restore_terminal, 0)
        self.session.stop()
        self.work.stop()
        await leaving.bounded(self.session.close())
        self.exit(0)

    def _restore_terminal(self) -> None:
        if self._driver is not None:
            self._driver.stop_application_mode()

    def mark(self, text: str) -> None:
        """A line across the stream of answers."""
        self.work.lines.append(Mark(text))
        self.drain()


def run(session: LabSession) -> int:
    """Show the lab until the user leaves. Returns the exit code; the process ends within two seconds of leaving."""
    app = LabApp(session)
    app.leaves_process = True
    app.run()
    return app.return_code or 0
