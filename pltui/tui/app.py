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

from textual.app import SystemCommand
from textual.binding import Binding, BindingsMap
from textual.filter import LineFilter
from textual.reactive import var
from textual.screen import Screen
from textual.widgets import Input

from pltui.engine.model import Event
from pltui.i18n import ENGLISH, set_language, tr
from pltui.lab.faults import LabFault
from pltui.spec.model import Spec
from pltui.text import clean
from pltui.tui import crash, faults, keymap, leaving, pauses, theme
from pltui.tui.command import Command
from pltui.tui.commands import COMMANDS, FOOTER
from pltui.tui.following import Follower
from pltui.tui.headlines import Headlines
from pltui.tui.memory import Memory
from pltui.tui.paths import Paths
from pltui.tui.plain import AsciiOnly, ascii_only
from pltui.tui.preferences import Preferences
from pltui.tui.probing import Probing
from pltui.tui.recovery import Recovery
from pltui.tui.remembering import LOOK_SECONDS, Remembering
from pltui.tui.screens.main import MainScreen
from pltui.tui.screens.panel import Panel, plain
from pltui.tui.session import LabSession
from pltui.tui.steady import Steady
from pltui.tui.watching import SpecWatch
from pltui.tui.widgets.header import HeaderFacts
from pltui.tui.widgets.stream import Mark
from pltui.tui.widgets.topology import Topology
from pltui.tui.work import Work
from pltui.view.lab_snapshot import LabSnapshot, fold

# Between two frames: at twice as many the screen takes twice the processor, and at half as many nothing seems to move.
DRAIN_SECONDS = 0.1
COVERED = 3  # times as long while something lies over the lab: all of it is then drawn again at any change
# How long a change of the switch made by somebody else may go unseen.
WATCH_SECONDS = 5.0

_HERE = Path(__file__).parent
_WIDGETS = ("header", "filter", "tree", "problems", "progress", "probes", "stream", "shares", "topology", "journal")
T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


def _take(queue: deque[T]) -> list[T]:
    taken = list(queue)
    queue.clear()
    return taken


class LabApp(Steady):
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

    breakages: var[tuple[LabFault, ...]] = var(())

    def __init__(
        self,
        session: LabSession,
        *,
        clock: Callable[[], datetime] = _now,
        watch: float | None = WATCH_SECONDS,
        ascii_glyphs: bool | None = None,
        preferences: Preferences = Preferences(),  # noqa: B008  # it cannot be changed
        memory: Memory | None = None,
    ) -> None:
        # Only so does Textual leave every colour out; otherwise it draws in shades of grey.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        wish = preferences.ascii if ascii_glyphs is None else ascii_glyphs
        self._ascii = AsciiOnly(enabled=ascii_only() if wish is None else wish)
        if self._ascii.enabled:
            set_language(ENGLISH)  # no other language could be read there
        self.preferences = preferences
        self.offered = keymap.remapped(self.OFFERED, preferences.keys)
        # Not in BINDINGS: at import the language is not chosen yet.
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap(self._offered_bindings())])
        self.session = session
        self.world = LabSnapshot()
        self.work = Work(self)
        self.probing: Probing = Probing(self)
        self.headlines = Headlines(self)
        self.recovery = Recovery(self)
        self.paths = Paths(self)
        self._clock = clock
        self._watch = watch
        self._events: deque[Event] = deque()
        self._ticks = 0
        self._leaving = False
        self._settled = False
        self.leaves_process = False  # set by `run`: only then may leaving end the process
        for each in theme.OURS:
            self.register_theme(each)
        self.theme = "ansi-dark" if self.no_color else preferences.theme
        self.watching = SpecWatch(self, session.path) if session.path else None
        self._remembering = Remembering(self, memory) if memory else None
        if self._remembering:
            self._remembering.begin()
        spec = session.spec
        self.facts = HeaderFacts(
            lab=spec.name,
            target=session.target,
            region=session.region,
            endpoint=session.endpoint or "",
            load_balancer=spec.provider.load_balancer.name,
            wanted=spec.provider.load_balancer.cross_zone,
            read_only=session.read_only,
        )

    def _offered_bindings(self) -> Iterable[Binding]:
        """Those of the footer first, as it shows them in this order."""
        rank = {identity: number for number, identity in enumerate(self.FOOTER)}
        for command in sorted(self.offered, key=lambda command: rank.get(command.id, len(rank))):
            yield command.binding(shown=command.id in rank)
        for command in keymap.remapped(self.SILENT, self.preferences.keys):
            yield command.binding(shown=False)

    # -- what Textual asks for

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.defaults(dark=self.current_theme.dark)

    def get_line_filters(self) -> list[LineFilter]:
        filters = list(super().get_line_filters())
        return [*filters, self._ascii] if self._ascii.enabled else filters

    def get_default_screen(self) -> Screen[None]:
        return MainScreen(self.session.spec)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        for command in self.offered:
            run = partial(command.run, self)
            told = f"{tr(command.help)} ({keymap.display(self, command.key)})"
            yield SystemCommand(tr(command.label).capitalize(), told, run)

    def on_main_screen_ready(self) -> None:
        self.theme_changed_signal.subscribe(self, self._recolour)
        # Not the commands' own: they have theirs already, in the footer's order, which a keymap would change.
        commands = {command.id for command in (*self.OFFERED, *self.SILENT)}
        self.set_keymap({each: keys for each, keys in self.preferences.keys.items() if each not in commands})
        self.show_facts()
        for notice in self.session.notices:
            self.tell(tr(notice))
        self.main.probes.say(tr(self.WITHOUT_ANSWERS))
        if self.leaves_process:
            leaving.on_signals(lambda: self.call_next(self.action_quit))
        self.set_interval(DRAIN_SECONDS, self._tick)
        if self._watch:
            self.set_interval(self._watch, self.work.watch_switch)
            self.set_interval(self._watch, self.headlines.watch)
        if self.watching and self._watch:
            self.run_worker(self.watching.follow(), name="spec")
        if self._remembering:
            self._remembering.restore()
            self.set_interval(LOOK_SECONDS, self._remembering.look)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """After the first frame: all that takes time."""
        if self.leaves_process:
            pauses.settle()
        self.run_worker(self._follow(), name="feed")
        self.work.start()

    def settle(self) -> None:
        """The lab stands: once more what is there is to stay. Not ever again, for what is settled is never freed."""
        if self.leaves_process and not self._settled:
            self._settled = True
            pauses.settle()

    async def _follow(self) -> None:
        with self.session.feed.subscription(self._events.append):
            await asyncio.Event().wait()

    # -- showing

    @property
    def now(self) -> datetime:
        """The time ages count to."""
        return self._clock()

    @property
    def main(self) -> MainScreen:
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def _tick(self) -> None:
        self._ticks += 1
        if len(self.screen_stack) == 1 or self._ticks % COVERED == 0:
            self.drain()

    def drain(self) -> None:
        """Show what has come since the last time."""
        if not self.is_running or not self.screen_stack:
            return
        main = self.main
        events = _take(self._events)
        if events:
            self.show_world(reduce(fold, events, self.world))
            main.journal.add(events)
        if lines := _take(self.probing.lines):
            main.probes.add(lines)
            main.topology.answered(lines)
            self.paths.heard(lines)
        self.probing.show()
        now = self._clock().replace(microsecond=0)
        main.progress.now = now
        main.header.now = now if self.facts.timed else None
        main.resources.tick(now)
        main.topology.tick()
        self.paths.look()
        for screen in self.screen_stack:
            if isinstance(screen, Follower):
                screen.keep_up(self.world, now)

    def show_world(self, world: LabSnapshot) -> None:
        self.world = world
        self.main.resources.show(world)
        self.main.topology.show(world)
        self.main.progress.world = world

    def follow_spec(self) -> None:
        """Another spec holds from now on."""
        spec = self.session.spec
        balancer = spec.provider.load_balancer
        self.show_facts(load_balancer=balancer.name, wanted=balancer.cross_zone, saved_differs=False)
        self.main.follow(spec)
        self.probing.follow_spec()
        self.show_world(replace(self.world, paths=None).with_desired(self.session.all_desired))

    @property
    def typing(self) -> bool:
        """Whether what is pressed is written somewhere: nothing may come in between and take it for an answer."""
        return isinstance(self.focused, Input)

    def decline(self, spec: Spec) -> None:
        """Somebody has seen what this spec would do, and said no."""
        if self.watching:
            self.watching.declined = spec
        self.show_world(self.world.with_desired(self.session.all_desired))  # what was planned is not to come
        self.tell(tr("The lab goes on by the spec before. Press r to look at the saved one again."))

    def show_facts(self, **changes: object) -> None:
        """Change what the header says."""
        self.facts = replace(self.facts, **changes)  # type: ignore[arg-type]
        self.main.header.facts = self.facts

    def show_breakages(self, breakages: tuple[LabFault, ...]) -> None:
        """What can be broken on purpose, and what is: in the header, in the tree, and where one breaks it."""
        self.breakages = breakages
        broken = [each for each in breakages if each.broken]
        self.show_facts(faults=tuple(faults.sentence(each) for each in broken))
        marked = {address: faults.note(each) for each in broken for address in each.addresses}
        if marked != self.world.broken:
            self.show_world(replace(self.world, broken=marked))

    def show_doing(self, doing: str) -> None:
        self.main.progress.doing = tr(doing)

    def show_problem(self, message: str, hint: str = "") -> None:
        """A line that stays until the next attempt, and a notice that does not."""
        text = clean(f"{tr(message)} · {tr(hint)}" if hint else message)
        self.main.progress.problem = text
        if text:
            self.notify(clean(hint) or tr("Press l for the log."), title=clean(message), severity="error", markup=False)

    def show_crash(self, doing: str, error: BaseException) -> None:
        """A fault of ours: said plainly, with the place, and the app goes on."""
        what, where = f"{type(error).__name__}: {error}", tr("at {place}", place=crash.place(error))
        begun = tr("While {doing}, something went wrong that should not have:", doing=doing)
        end = tr("The lab is as it was left. Press esc, then r to try again. Please report this.")
        self.show_problem(f"{doing}: {type(error).__name__}", tr("press r to try again"))
        text = plain("\n\n".join((begun, what, where, end)))
        self.push_screen(Panel(tr("An error inside pltui"), text, classes="-error"))

    def _handle_exception(self, error: Exception) -> None:
        """What Textual does with an error that nothing caught, but without a traceback on the terminal."""
        if self._exit:  # a screen that was being built as one left finds nothing of itself
            return
        if "PLTUI_DEBUG" not in os.environ:
            error.__rich__ = lambda: crash.farewell(error)  # type: ignore[attr-defined]
        super()._handle_exception(error)

    def tell(self, message: str) -> None:
        self.notify(clean(message), markup=False)

    def _recolour(self, _: object) -> None:
        main = self.main
        main.resources.repaint()
        main.topology.repaint()
        main.probes.repaint()
        for widget in (main.header, main.progress):
            widget.refresh()

    # -- commands

    def on_topology_opened(self, event: Topology.Opened) -> None:
        from pltui.tui.screens.details import open_details

        open_details(self, event.address)

    def action_command(self, identity: str) -> None:
        """Do what the command with this id does."""
        next(command for command in (*self.OFFERED, *self.SILENT) if command.id == identity).run(self)

    def action_help_quit(self) -> None:
        """Ctrl-C is no way out of a screen that copies with it elsewhere: say which key is."""
        self.tell(tr("Press {key} to leave.", key=keymap.display(self, self._key_of("app.leave"))))

    def _key_of(self, identity: str) -> str:
        return next(command.key for command in self.offered if command.id == identity)

    def action_command_palette(self) -> None:
        from pltui.tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    async def action_quit(self) -> None:
        """Leave within two seconds: no new calls, those on the wire are let go."""
        if self._leaving:  # a signal may come while the screen is being taken down
            return
        self._leaving = True
        if self.leaves_process:
            leaving.last_resort(self._restore_terminal, 0)
        if self._remembering:
            self._remembering.leave()
        self.session.stop()
        self.work.stop()
        await leaving.bounded(self.session.close())
        self.exit(0)

    def _restore_terminal(self) -> None:
        if self._driver is not None:
            self._driver.stop_application_mode()

    def mark(self, text: str) -> None:
        """A line across the stream of answers."""
        self.probing.lines.append(Mark(text))
        self.drain()


def run(session: LabSession, preferences: Preferences | None = None, memory: Memory | None = None) -> int:
    """Show the lab until the user leaves. Returns the exit code; the process ends within two seconds of leaving."""
    app = LabApp(session, preferences=preferences or Preferences(), memory=memory)
    app.leaves_process = True
    app.run()
    return app.return_code or 0
