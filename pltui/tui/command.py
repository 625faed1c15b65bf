"""A command, declared once: its key, its line in the palette and in the help, its place in the keymap, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding

from pltui.i18n import tr

if TYPE_CHECKING:
    from pltui.tui.app import LabApp

# The groups of the help, in its order.
GROUPS = ("Lab", "Probe", "Faults", "Replay", "View", "App")


@dataclass(frozen=True, slots=True)
class Command:
    """`label`, `help` and `group` are English here, and translated where they are shown."""

    id: str  # stable: a keymap refers to it
    key: str
    label: str  # a word or two for the footer
    help: str  # a sentence
    group: str  # one of GROUPS
    run: Callable[[LabApp], None]
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
