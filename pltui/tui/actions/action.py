"""Declaration of an action: its key, label, help, keymap id and function."""

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
    from pltui.tui.controllers.lab_status import LabStatus
    from pltui.tui.controllers.lab_work import LabWork
    from pltui.tui.controllers.probe import ProbeController
    from pltui.tui.controllers.spec_watch import SpecWatch

# Groups of the help, in this order.
GROUPS = ("Lab", "Probe", "Faults", "Replay", "View", "App")


class ActionTarget(DialogPresenter, PicturePresenter, Protocol):
    """The app, as actions use it."""

    theme: str

    @property
    def current_theme(self) -> Theme:
        """The theme in use."""

    @property
    def available_themes(self) -> dict[str, Theme]:
        """All themes by name."""

    @property
    def native_ansi_color(self) -> bool:
        """True if the terminal's own colours are used."""

    @property
    def no_color(self) -> bool:
        """True if the user wants no colours."""

    @property
    def available_actions(self) -> tuple[Action, ...]:
        """All actions, with the user's keys."""

    @property
    def possible_faults(self) -> tuple[LabFault, ...]:
        """The possible faults, with the active ones among them."""

    @property
    def work(self) -> LabWork:
        """Queue of the work on the lab."""

    @property
    def probe(self) -> ProbeController:
        """Controller of the probe."""

    @property
    def lab_status(self) -> LabStatus:
        """Controller of the header."""

    @property
    def spec_watch(self) -> SpecWatch | None:
        """Watch over the spec's file; None if there is no file."""

    def drain(self) -> None:
        """Show the events that have arrived."""

    def copy_to_clipboard(self, text: str) -> None:
        """Copy to the user's clipboard."""

    def call_next(self, callback: Callable[[], Any]) -> None:
        """Call `callback` after the message being processed."""

    async def action_quit(self) -> None:
        """Leave the app."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action; `label`, `help` and `group` are English here, and translated where they are shown."""

    id: str  # stable, as keymaps refer to it
    key: str
    label: str  # a word or two for the footer
    help: str  # a sentence
    group: str  # one of GROUPS
    run: Callable[[ActionTarget], None]
    live: bool = False  # needs a live lab: not available in the replay of a recorded run
    everywhere: bool = False  # the key also works over modal screens, which otherwise have only keys of their own

    def binding(self, *, shown: bool) -> Binding:
        """Textual binding of the action; `shown` puts it into the footer."""
        display = "enter" if self.key == "enter" else None  # Textual's symbol is missing in most fonts
        return Binding(
            self.key,
            f"app.perform('{self.id}')",
            tr(self.label),
            show=shown,
            key_display=display,
            tooltip=tr(self.help),
            id=self.id,
        )
