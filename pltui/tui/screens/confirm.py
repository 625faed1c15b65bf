"""Questions asked before something is written to a real account, or removed."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Label

from pltui.text import clean


class Confirm(ModalScreen[bool]):
    """Dismissed with True by `y` alone."""

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "yes", id="confirm.yes", tooltip="Do it"),
        Binding("n,escape", "dismiss(False)", "no", id="confirm.no", tooltip="Do nothing"),
        Binding("q", "app.quit", "quit", id="confirm.quit", tooltip="Leave; nothing is done"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel"):
            yield Label(clean(self._title), classes="title", markup=False)
            yield Label(clean(self._text), markup=False)
            yield Label("Press y to go on, n to leave it.", classes="hint", markup=False)
        yield Footer(compact=True, show_command_palette=False)


class TypeName(ModalScreen[bool]):
    """Dismissed with True once the name was typed exactly."""

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "do nothing", id="destroy.no", tooltip="Close; nothing is removed"),
    ]

    def __init__(self, name: str, where: str, count: int) -> None:
        super().__init__()
        self._name, self._where, self._count = name, where, count

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel"):
            yield Label(clean(f"Destroy the lab {self._name} on {self._where}?"), classes="title", markup=False)
            yield Label(
                f"{self._count} resources of this lab will be removed, and nothing else. This cannot be undone.",
                markup=False,
            )
            yield Label(clean(f"Type {self._name} to go on:"), classes="hint", markup=False)
            yield Input(compact=True)
            yield Label("", id="mismatch", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value == self._name:
            self.dismiss(True)
        else:
            self.query_one("#mismatch", Label).update(clean(f"That is not {self._name}. Nothing was removed."))
