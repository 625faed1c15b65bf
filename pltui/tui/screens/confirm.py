"""Yes or no question before a small but important action."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, Label

from pltui.i18n import tr
from pltui.text import clean
from pltui.tui.screens.base import TranslatedScreen


class Confirm(TranslatedScreen, ModalScreen[bool]):
    """Dismissed with True only by `y`."""

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "yes", id="confirm.yes", tooltip="Apply"),
        Binding("n,escape", "dismiss(False)", "no", id="confirm.no", tooltip="Cancel"),
        Binding("q", "app.quit", "quit", id="confirm.quit", tooltip="Quit; nothing is changed"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel"):
            yield Label(clean(self._title), classes="title", markup=False)
            yield Label(clean(self._text), markup=False)
            yield Label(tr("y continue · n cancel"), classes="hint", markup=False)
        yield Footer(compact=True, show_command_palette=False)
