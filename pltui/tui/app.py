"""The application: runs actions on the session, and shows the session's events on the screen."""

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

from pltui.engine.events import Event
from pltui.i18n import ENGLISH, set_language, tr
from pltui.lab.faults import LabFault
from pltui.spec.model import Spec
from pltui.text import clean
from pltui.tui import runtime
from pltui.tui.actions import ACTIONS, FOOTER
from pltui.tui.actions.action import Action
from pltui.tui.controllers.lab_status import LabStatus, initial_facts
from pltui.tui.controllers.lab_work import LabWork
from pltui.tui.controllers.path_monitor import PathMonitor
from pltui.tui.controllers.probe import ProbeController
from pltui.tui.controllers.recovery import Recovery
from pltui.tui.controllers.spec_watch import SpecWatch
from pltui.tui.controllers.view_state import LOOK_SECONDS, ViewState
from pltui.tui.rendering import fault_descriptions
from pltui.tui.screens.base import Follower
from pltui.tui.screens.main import MainScreen
from pltui.tui.screens.panel import Panel, plain
from pltui.tui.session import LabSession
from pltui.tui.theming import theme
from pltui.tui.theming.ascii_mode import AsciiOnly, ascii_only
from pltui.tui.user_settings import keymap
from pltui.tui.user_settings.preferences import Preferences
from pltui.tui.user_settings.view_state_file import ViewStateFile
from pltui.tui.widgets.probe_log import Mark
from pltui.tui.widgets.topology import Topology
from pltui.view.lab_snapshot import LabSnapshot, fold

# Seconds between two frames: half as long doubles the processor time, twice as long is too slow for motion.
DRAIN_SECONDS = 0.1
COVERED = 3  # factor on it while a modal screen is open: any change then redraws the whole lab
# Seconds for which a change of the switch by another client may go unnoticed.
WATCH_SECONDS = 5.0

_HERE = Path(__file__).parent
_WIDGETS = (
    "header", "filter", "tree", "problems", "progress", "probes", "probe_log", "distribution", "topology", "journal",
)  # fmt: skip
T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


def _take(queue: deque[T]) -> list[T]:
    taken = list(queue)
    queue.clear()
    return taken


class LabApp(runtime.ResilientApp):
    """One lab on screen.

    `clock` is the time that ages and durations count to; `watch`, the seconds between two polls of the switch.
    """

    TITLE = "pltui"
    # The main screen's stylesheet is listed here because Textual does not load that of a default screen.
    CSS_PATH: ClassVar[list[Path]] = [  # type: ignore[assignment]
        _HERE / "screens" / "main.tcss",
        *(_HERE / "widgets" / f"{name}.tcss" for name in _WIDGETS),
    ]
    OFFERED: ClassVar[tuple[Action, ...]] = ACTIONS
    SILENT: ClassVar[tuple[Action, ...]] = ()  # their keys work, but the help does not list them
    FOOTER: ClassVar[tuple[str, ...]] = FOOTER
    WITHOUT_ANSWERS: ClassVar[str] = "Waiting for the lab. Answers show up here."
    NOTIFICATION_TIMEOUT = 4

    possible_faults: var[tuple[LabFault, ...]] = var(())

    def __init__(
        self,
        session: LabSession,
        *,
        clock: Callable[[], datetime] = _now,
        watch: float | None = WATCH_SECONDS,
        ascii_glyphs: bool | None = None,
        preferences: Preferences = Preferences(),  # noqa: B008  # it cannot be changed
        view_state: ViewStateFile | None = None,
    ) -> None:
        # Without ansi_color Textual would not omit colours but draw in shades of grey.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        wish = preferences.ascii if ascii_glyphs is None else ascii_glyphs
        self._ascii = AsciiOnly(enabled=ascii_only() if wish is None else wish)
        if self._ascii.enabled:
            set_language(ENGLISH)  # other languages are not readable in ASCII
        self.preferences = preferences
        self.available_actions = keymap.apply_keys(self.OFFERED, preferences.keys)
        # Not in BINDINGS, because the language is not chosen yet at import.
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap(self._offered_bindings())])
        self.session = session
        self.world = LabSnapshot()
        self.work: LabWork = LabWork(self)
        self.probe: ProbeController = ProbeController(self)
        self.lab_status: LabStatus = LabStatus(self)
        self.recovery: Recovery = Recovery(self)
        self.path_monitor: PathMonitor = PathMonitor(self)
        self._clock = clock
        self._watch = watch
        self._events: deque[Event] = deque()
        self._ticks = 0
        self._leaving = False
        self._settled = False
        self.leaves_process = False  # set by `run`; otherwise leaving must not end the process
        for each in theme.OURS:
            self.register_theme(each)
        self.theme = "ansi-dark" if self.no_color else preferences.theme
        self.spec_watch: SpecWatch | None = SpecWatch(self, session.path) if session.path else None
        self._view_state = ViewState(self, view_state) if view_state else None
        if self._view_state:
            self._view_state.begin()
        self.facts = initial_facts(session)

    def _offered_bindings(self) -> Iterable[Binding]:
        """Bindings of the actions; those of the footer come first, in its order."""
        rank = {identity: number for number, identity in enumerate(self.FOOTER)}
        for action in sorted(self.available_actions, key=lambda action: rank.get(action.id, len(rank))):
            yield action.binding(shown=action.id in rank)
        for action in keymap.apply_keys(self.SILENT, self.preferences.keys):
            yield action.binding(shown=False)

    def keys_everywhere(self) -> BindingsMap:
        """Bindings of the actions whose keys also work over modal screens."""
        return BindingsMap([action.binding(shown=False) for action in self.available_actions if action.everywhere])

    # -- overrides of Textual's App

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.defaults(dark=self.current_theme.dark)

    def get_line_filters(self) -> list[LineFilter]:
        filters = list(super().get_line_filters())
        return [*filters, self._ascii] if self._ascii.enabled else filters

    def get_default_screen(self) -> Screen[None]:
        return MainScreen(self.session.spec)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        for action in self.available_actions:
            run = partial(action.run, self)
            description = f"{tr(action.help)} ({keymap.display_keys(self, action.key)})"
            yield SystemCommand(tr(action.label).capitalize(), description, run)

    def on_main_screen_ready(self) -> None:
        """Show the initial state, and start the timers; the actions only run after the first frame."""
        self.theme_changed_signal.subscribe(self, self._recolour)
        # Without the actions: they have their keys already, and a keymap would change the footer's order.
        actions = {action.id for action in (*self.OFFERED, *self.SILENT)}
        self.set_keymap({each: keys for each, keys in self.preferences.keys.items() if each not in actions})
        self.show_facts()
        for notice in self.session.notices:
            self.tell(tr(notice))
        self.main.probes.say(tr(self.WITHOUT_ANSWERS))
        if self.leaves_process:
            runtime.on_signals(lambda: self.call_next(self.action_quit))
        self.set_interval(DRAIN_SECONDS, self._tick)
        if self._watch:
            self.set_interval(self._watch, self.work.watch_switch)
            self.set_interval(self._watch, self.lab_status.watch)
        if self.spec_watch and self._watch:
            self.run_worker(self.spec_watch.follow(), name="spec")
        if self._view_state:
            self._view_state.restore()
            self.set_interval(LOOK_SECONDS, self._view_state.look)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Start everything that takes time; called after the first frame."""
        if self.leaves_process:
            runtime.freeze_objects()
        self.run_worker(self._follow(), name="feed")
        self.work.start()

    def freeze_objects(self) -> None:
        """Exempt the objects of the converged lab from garbage collection.

        Done once only, because frozen objects are never freed.
        """
        if self.leaves_process and not self._settled:
            self._settled = True
            runtime.freeze_objects()

    async def _follow(self) -> None:
        with self.session.feed.subscription(self._events.append):
            await asyncio.Event().wait()

    # -- output

    @property
    def now(self) -> datetime:
        """The time that ages count to."""
        return self._clock()

    @property
    def main(self) -> MainScreen:
        """The screen of the lab, below any modal screen."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def _tick(self) -> None:
        self._ticks += 1
        if len(self.screen_stack) == 1 or self._ticks % COVERED == 0:
            self.drain()

    def drain(self) -> None:
        """Show the events and answers that have arrived since the last call."""
        if not self.is_running or not self.screen_stack:
            return
        main = self.main
        events = _take(self._events)
        if events:
            self.show_world(reduce(fold, events, self.world))
            main.journal.add(events)
        if lines := _take(self.probe.lines):
            main.probes.add(lines)
            main.topology.animate_answers(lines)
            self.path_monitor.add_answers(lines)
        self.probe.show()
        now = self._clock().replace(microsecond=0)
        main.progress.now = now
        main.header.now = now if self.facts.shows_duration else None
        main.resources.tick(now)
        main.topology.tick()
        self.path_monitor.look()
        for screen in self.screen_stack:
            if isinstance(screen, Follower):
                screen.keep_up(self.world, now)

    def show_world(self, world: LabSnapshot) -> None:
        """Show this snapshot in all views of the lab."""
        self.world = world
        self.main.resources.show(world)
        self.main.topology.show(world)
        self.main.progress.world = world

    def follow_spec(self) -> None:
        """Show the session's spec after it has been replaced."""
        spec = self.session.spec
        balancer = spec.provider.load_balancer
        self.show_facts(load_balancer=balancer.name, wanted=balancer.cross_zone, saved_differs=False)
        self.main.follow(spec)
        self.probe.follow_spec()
        self.show_world(replace(self.world, paths=None).with_desired(self.session.all_desired))

    @property
    def typing(self) -> bool:
        """True while a text field has the focus.

        No question may appear then, as it would take a key press for its answer.
        """
        return isinstance(self.focused, Input)

    def decline(self, spec: Spec) -> None:
        """Note that the user has declined the plan for this spec, and go on with the one in force."""
        if self.spec_watch:
            self.spec_watch.declined = spec
        self.show_world(self.world.with_desired(self.session.all_desired))  # without the declined plan
        self.tell(tr("The lab keeps the previous spec. Press r to review the saved one again."))

    def show_facts(self, **changes: object) -> None:
        """Change fields of the header."""
        self.facts = replace(self.facts, **changes)  # type: ignore[arg-type]
        self.main.header.facts = self.facts

    def show_faults(self, faults: tuple[LabFault, ...]) -> None:
        """Show the possible and the active faults: in the header, in the tree, and on the screen of faults."""
        self.possible_faults = faults
        broken = [each for each in faults if each.broken]
        self.show_facts(faults=tuple(fault_descriptions.sentence(each) for each in broken))
        marked = {address: fault_descriptions.note(each) for each in broken for address in each.addresses}
        if marked != self.world.broken:
            self.show_world(replace(self.world, broken=marked))

    def show_doing(self, doing: str) -> None:
        """Show the work in progress in the bottom line; `doing` is translated here."""
        self.main.progress.doing = tr(doing)

    def show_problem(self, message: str, hint: str = "") -> None:
        """Show a line that stays until the next attempt, and a notification that does not.

        An empty `message` removes the line.
        """
        text = clean(f"{tr(message)} · {tr(hint)}" if hint else message)
        self.main.progress.problem = text
        if text:
            self.notify(clean(hint) or tr("Press l for the log."), title=clean(message), severity="error", markup=False)

    def show_crash(self, doing: str, error: BaseException) -> None:
        """Report an error of pltui itself, with its place in the source; the app keeps running."""
        what, where = f"{type(error).__name__}: {error}", tr("at {place}", place=runtime.error_place(error))
        begun = tr("Internal error while {doing}:", doing=doing)
        end = tr("The lab keeps its current state. Press esc, then r to try again. Please report this.")
        self.show_problem(f"{doing}: {type(error).__name__}", tr("press r to try again"))
        text = plain("\n\n".join((begun, what, where, end)))
        self.push_screen(Panel(tr("Internal error"), text, classes="-error"))

    def _handle_exception(self, error: Exception) -> None:
        """Handle an uncaught error as Textual does, but without a traceback on the terminal."""
        if self._exit:  # a screen still being built while the app exits fails to find its widgets
            return
        if "PLTUI_DEBUG" not in os.environ:
            error.__rich__ = lambda: runtime.crash_message(error)  # type: ignore[attr-defined]
        super()._handle_exception(error)

    def tell(self, message: str) -> None:
        """Show a notification; `message` is translated already and may contain text from outside."""
        self.notify(clean(message), markup=False)

    def _recolour(self, _: object) -> None:
        main = self.main
        main.resources.repaint()
        main.topology.repaint()
        main.probes.repaint()
        for widget in (main.header, main.progress):
            widget.refresh()

    # -- actions

    def on_topology_opened(self, event: Topology.Opened) -> None:
        """Show the details of the resource that was opened in the diagram."""
        from pltui.tui.screens.details import open_details

        open_details(self, event.address)

    def action_perform(self, identity: str) -> None:
        """Run the action with this id."""
        next(action for action in (*self.OFFERED, *self.SILENT) if action.id == identity).run(self)

    def action_help_quit(self) -> None:
        """Name the key that leaves the app: Ctrl-C does not, as it copies text on other screens."""
        self.tell(tr("Press {key} to quit.", key=keymap.display_keys(self, self._key_of("app.leave"))))

    def _key_of(self, identity: str) -> str:
        return next(action.key for action in self.available_actions if action.id == identity)

    def action_command_palette(self) -> None:
        """Open the command palette unless it is open."""
        from pltui.tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    async def action_quit(self) -> None:
        """Leave within two seconds: no new calls are sent, and those in flight are abandoned."""
        if self._leaving:  # a signal may arrive during the shutdown
            return
        self._leaving = True
        if self.leaves_process:
            runtime.last_resort(self._restore_terminal, 0)
        if self._view_state:
            self._view_state.leave()
        self.session.stop()
        self.work.stop()
        await runtime.close_within(self.session.close())
        self.exit(0)

    def _restore_terminal(self) -> None:
        if self._driver is not None:
            self._driver.stop_application_mode()

    def mark(self, text: str) -> None:
        """Add a line to the stream of answers, at the present moment."""
        self.probe.lines.append(Mark(text))
        self.drain()


def run(session: LabSession, preferences: Preferences | None = None, view_state: ViewStateFile | None = None) -> int:
    """Show the lab until the user leaves, and return the exit code; the process ends within two seconds of leaving."""
    app = LabApp(session, preferences=preferences or Preferences(), view_state=view_state)
    app.leaves_process = True
    app.run()
    return app.return_code or 0
