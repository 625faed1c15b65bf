"""A command, declared once: its key, its line in the palette and in the help, its place in the keymap, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from textual.binding import Binding

from pltui.i18n import tr
from pltui.tui.presenter import DialogPresenter, PicturePresenter

if TYPE_CHECKING:
    from textual.theme import Theme

    from pltui.lab.faults import LabFault
    from pltui.tui.controllers.lab_status import Headlines
    from pltui.tui.controllers.spec_watch import SpecWatch
    from pltui.tui.probing import Probing
    from pltui.tui.work import Work

# The groups of the help, in its order.
GROUPS = ("Lab", "Probe", "Faults", "Replay", "View", "App")


class CommandTarget(DialogPresenter, PicturePresenter, Protocol):
    """The app, as commands use it."""

    theme: str

    @property
    def current_theme(self) -> Theme: ...
    @property
    def available_themes(self) -> dict[str, Theme]: ...
    @property
    def native_ansi_color(self) -> bool: ...
    @property
    def no_color(self) -> bool: ...

    @property
    def offered(self) -> tuple[Command, ...]: ...
    @property
    def breakages(self) -> tuple[LabFault, ...]: ...
    @property
    def work(self) -> Work: ...
    @property
    def probing(self) -> Probing: ...
    @property
    def headlines(self) -> Headlines: ...
    @property
    def watching(self) -> SpecWatch | None: ...

    def drain(self) -> None: ...
    def copy_to_clipboard(self, text: str) -> None: ...
    def call_next(self, callback: Callable[[], Any]) -> None: ...
    async def action_quit(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Command:
    """`label`, `help` and `group` are English here, and translated where they are shown."""

    id: str  # stable: a keymap refers to it
    key: str
    label: str  # a word or two for the footer
    help: str  # a sentence
    group: str  # one of GROUPS
    run: Callable[[CommandTarget], None]
    live: bool = False  # needs the lab itself: where a recorded run is shown there is none
    everywhere: bool = False  # its key works over modal screens, too, which else leave only their own

    def binding(self, *, shown: bool) -> Binding:
        """What Textual knows of it; `shown`: in the footer."""
        display = "enter" if self.key == "enter" else None  # Textual's sign for it is in few fonts
        return Binding(
            self.key,
            f"app.command('{self.id}')",
            tr(self.label),
            show=shown,
            key_display=display,
            tooltip=tr(self.help),
            id=self.id,
        )
