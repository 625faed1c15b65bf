"""Protocols of the app, as its controllers, actions and screens use it.

`LabApp` satisfies them structurally. Only the command line and the tests import `pltui.tui.app`, so each part can be
read and tested without all the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TextIO, TypeVar, overload

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Sequence
    from datetime import datetime
    from pathlib import Path

    from textual.notifications import SeverityLevel
    from textual.screen import Screen
    from textual.worker import Worker, WorkType

    from pltui.spec.model import Spec
    from pltui.tui.screens.main import MainScreen
    from pltui.tui.session import LabSession
    from pltui.tui.user_settings.preferences import Preferences
    from pltui.tui.widgets.header import HeaderFacts
    from pltui.view.lab_snapshot import LabSnapshot

T = TypeVar("T")


class WorkQueue(Protocol):
    """The work on the lab, one piece at a time, as used by everything that goes on beside it."""

    @property
    def is_open(self) -> bool:
        """True once the session is open."""

    @property
    def idle(self) -> bool:
        """True if the lab is open and no work is in progress."""

    @property
    def busy(self) -> str:
        """The work in progress in words; empty if there is none."""

    def start(self, *, probing: bool = False) -> None:
        """Open the lab; on AWS the probe starts only with `probing`."""

    def adopt(self, spec: Spec) -> None:
        """Put the saved spec in force, after approval."""

    def note_lost_sandbox(self) -> None:
        """Note that the sandbox has ended."""

    async def run_guarded(self, doing: str, job: Coroutine[Any, Any, None]) -> None:
        """Run `job`, and show its errors instead of raising them."""


class Presenter(Protocol):
    """The lab on screen: read its state, change it, and run something in the background."""

    @property
    def session(self) -> LabSession:
        """The lab."""

    @property
    def work(self) -> WorkQueue:
        """Queue of the work on the lab."""

    @property
    def main(self) -> MainScreen:
        """The screen of the lab, below any modal screen."""

    @property
    def world(self) -> LabSnapshot:
        """State of the lab's resources."""

    @property
    def facts(self) -> HeaderFacts:
        """Content of the header."""

    def show_world(self, world: LabSnapshot) -> None:
        """Show this snapshot in all views of the lab."""

    def show_facts(self, **changes: object) -> None:
        """Change fields of the header."""

    def show_doing(self, doing: str) -> None:
        """Show the work in progress in the bottom line."""

    def show_problem(self, message: str, hint: str = "") -> None:
        """Show a line that stays until the next attempt, and a notification; an empty `message` removes the line."""

    def tell(self, message: str) -> None:
        """Show a notification."""

    def mark(self, text: str) -> None:
        """Add a line to the stream of answers."""

    def run_worker(self, work: WorkType[T], name: str | None = "", *, exit_on_error: bool = True) -> Worker[T]:
        """Run a coroutine in the background, as Textual's `App.run_worker`."""


class DialogPresenter(Presenter, Protocol):
    """Presenter that also opens screens over the lab's."""

    @property
    def now(self) -> datetime:
        """The time that ages count to."""

    @property
    def typing(self) -> bool:
        """True while a text field has the focus."""

    @property
    def screen_stack(self) -> Sequence[Screen[Any]]:
        """The open screens, the lab's first."""

    @overload
    def push_screen(
        self,
        screen: Screen[T],
        callback: Callable[[T | None], None] | None = None,
        wait_for_dismiss: Literal[False] = False,
    ) -> object: ...
    @overload
    def push_screen(
        self, screen: Screen[T], callback: Callable[[T | None], None] | None = None, *, wait_for_dismiss: Literal[True]
    ) -> asyncio.Future[T]: ...


class Exported(Protocol):
    """An app of Textual's that can be exported as SVG."""

    def export_screenshot(self, *, title: str | None = None) -> str:
        """The screen as SVG."""


class PicturePresenter(Exported, Protocol):
    """App that saves screenshots and reports where."""

    @property
    def facts(self) -> HeaderFacts:
        """Content of the header."""

    @property
    def preferences(self) -> Preferences:
        """The user's preferences."""

    @property
    def is_web(self) -> bool:
        """True in a browser (`pltui serve`)."""

    def tell(self, message: str) -> None:
        """Show a notification."""

    def notify(
        self, message: str, *, title: str = "", severity: SeverityLevel = "information", markup: bool = True
    ) -> None:
        """Show a notification with a title, as Textual's `App.notify`."""

    def deliver_text(
        self,
        path_or_file: TextIO,
        *,
        save_directory: Path | None = None,
        save_filename: str | None = None,
        mime_type: str | None = None,
    ) -> str | None:
        """Offer a file to the browser, as Textual's `App.deliver_text`."""
