"""One line to narrow the tree: what is typed is told at once, and how many resources that keeps stands beside it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from pltui.i18n import tr


class Filter(Horizontal):
    """Out of sight until it is opened. What was typed stays while the tree has the focus, and can be edited again."""

    class Changed(Message):
        def __init__(self, query: str) -> None:
            super().__init__()
            self.query = query

    class Accepted(Message):
        """Enter: on to what was found."""

    def compose(self) -> ComposeResult:
        yield Label("/", markup=False, classes="sign")
        yield Input(placeholder=tr("kind, name, state, id or address; esc clears"), compact=True)
        yield Label("", id="matches", markup=False)

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def open(self) -> None:
        self.add_class("-open")
        self._input.focus()

    def close(self) -> None:
        """Forget what was typed, and go out of sight."""
        self.remove_class("-open")
        self._input.value = ""

    def tell(self, shown: int, count: int) -> None:
        """How many of how many resources match."""
        told = tr("{shown} of {count} match", shown=shown, count=count) if self._input.value else ""
        self.query_one("#matches", Label).update(told)

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Accepted())
