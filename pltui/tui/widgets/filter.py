"""Input line that filters the tree at each key press, and shows the number of matching resources."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from pltui.i18n import tr


class Filter(Horizontal):
    """Hidden until it is opened. The text stays while the tree has the focus, and can be edited later."""

    class Changed(Message):
        """The text has changed."""

        def __init__(self, query: str) -> None:
            super().__init__()
            self.query = query

    class Accepted(Message):
        """Enter was pressed: go to the matches."""

    def compose(self) -> ComposeResult:
        yield Label("/", markup=False, classes="sign")
        yield Input(placeholder=tr("kind, name, state, id or address; esc clears"), compact=True)
        yield Label("", id="matches", markup=False)

    @property
    def is_open(self) -> bool:
        """True if the line is visible."""
        return self.has_class("-open")

    def open(self) -> None:
        """Show the line and focus it."""
        self.add_class("-open")
        self._input.focus()

    def close(self) -> None:
        """Clear and hide the line."""
        self.remove_class("-open")
        self._input.value = ""

    def tell(self, shown: int, count: int) -> None:
        """Show how many of how many resources match."""
        text = tr("{shown} of {count} match", shown=shown, count=count) if self._input.value else ""
        self.query_one("#matches", Label).update(text)

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Accepted())
