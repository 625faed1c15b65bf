"""Protocols of the app, as its controllers, commands and screens use it.

`LabApp` satisfies them structurally. Nothing but the command line and the tests imports `pltui.tui.app`, so each part
can be read, and tested, without all the others.
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
    from pltui.tui.preferences_model import Preferences
    from pltui.tui.screens.main import MainScreen
    from pltui.tui.session import LabSession
    from pltui.tui.widgets.header import HeaderFacts
    from pltui.view.lab_snapshot import LabSnapshot

T = TypeVar("T")


class WorkQueue(Protocol):
    """The work on the lab, one piece at a time, as seen by what goes on beside it."""

    @property
    def opened(self) -> bool: ...
    @property
    def idle(self) -> bool: ...
    @property
    def busy(self) -> str: ...  # the work in progress, in words; empty if there is none

    def start(self, *, probing: bool = False) -> None: ...
    def adopt(self, spec: Spec) -> None: ...
    def lost(self) -> None: ...
    async def guarded(self, doing: str, job: Coroutine[Any, Any, None]) -> None: ...


class Presenter(Protocol):
    """The lab's state on screen: read it, change it, and run something beside it."""

    @property
    def session(self) -> LabSession: ...
    @property
    def work(self) -> WorkQueue: ...
    @property
    def main(self) -> MainScreen: ...
    @property
    def world(self) -> LabSnapshot: ...
    @property
    def facts(self) -> HeaderFacts: ...

    def show_world(self, world: LabSnapshot) -> None: ...
    def show_facts(self, **changes: object) -> None: ...
    def show_doing(self, doing: str) -> None: ...
    def show_problem(self, message: str, hint: str = "") -> None: ...
    def tell(self, message: str) -> None: ...
    def mark(self, text: str) -> None: ...
    def run_worker(self, work: WorkType[T], name: str | None = "", *, exit_on_error: bool = True) -> Worker[T]: ...


class DialogPresenter(Presenter, Protocol):
    """Also opens screens over the lab's."""

    @property
    def now(self) -> datetime: ...
    @property
    def typing(self) -> bool: ...
    @property
    def screen_stack(self) -> Sequence[Screen[Any]]: ...

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
    """Any app of Textual's."""

    def export_screenshot(self, *, title: str | None = None) -> str: ...


class PicturePresenter(Exported, Protocol):
    """An app that says where its pictures are."""

    @property
    def facts(self) -> HeaderFacts: ...
    @property
    def preferences(self) -> Preferences: ...
    @property
    def is_web(self) -> bool: ...

    def tell(self, message: str) -> None: ...
    def notify(
        self, message: str, *, title: str = "", severity: SeverityLevel = "information", markup: bool = True
    ) -> None: ...
    def deliver_text(
        self,
        path_or_file: TextIO,
        *,
        save_directory: Path | None = None,
        save_filename: str | None = None,
        mime_type: str | None = None,
    ) -> str | None: ...
