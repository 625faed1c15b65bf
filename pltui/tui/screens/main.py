"""The main screen: the tree, the answers, and what is being waited for. Shows what it is given; starts nothing."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Input, Label

from pltui.spec.model import Spec
from pltui.tui.widgets.header import Header
from pltui.tui.widgets.journal import Journal
from pltui.tui.widgets.progress import Progress
from pltui.tui.widgets.shares import Shares
from pltui.tui.widgets.stream import Stream
from pltui.tui.widgets.tree import LabTree

NARROW = 100  # columns below which the answers go under the tree
SHORT = 30  # lines below which the tree starts folded


class MainScreen(Screen[None]):
    class Ready(Message):
        """Everything stands; there is something to show things on."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012  # declared so by Screen
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT, "-tall")]  # noqa: RUF012

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._spec = spec
        self._folded = False

    def compose(self) -> ComposeResult:
        spec = self._spec
        yield Header()
        with Container(id="panes"):
            with Vertical(id="lab"):
                yield Input(placeholder="filter by name, state or id; esc clears", id="filter", compact=True)
                yield Label("", id="matches", markup=False)
                yield LabTree(spec, id="tree")
            with Vertical(id="probe"):
                yield Stream(id="stream")
                yield Shares(spec.provider.vpc.zone_count, id="shares")
        yield Journal(id="log")
        yield Progress()
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self.journal.border_title = "log"
        self.resources.focus()
        self.post_message(self.Ready())

    @property
    def header(self) -> Header:
        return self.query_one(Header)

    @property
    def progress(self) -> Progress:
        return self.query_one(Progress)

    @property
    def resources(self) -> LabTree:
        return self.query_one(LabTree)

    @property
    def stream(self) -> Stream:
        return self.query_one(Stream)

    @property
    def shares(self) -> Shares:
        return self.query_one(Shares)

    @property
    def journal(self) -> Journal:
        return self.query_one(Journal)

    def on_resize(self, event: Resize) -> None:
        short = event.size.height < SHORT
        if short != self._folded:
            self._folded = short
            self.resources.fold_all(short)
        self.shares.refresh(layout=True)

    def open_filter(self) -> None:
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    def close_filter(self) -> None:
        self.remove_class("-filtering")
        self.query_one("#filter", Input).value = ""
        self.resources.filter("")
        self.resources.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.resources.filter(event.value)
        count = self.resources.matches
        text = f"{count} match" if count == 1 else f"{count} matches"
        self.query_one("#matches", Label).update(text if event.value else "")

    def on_input_submitted(self) -> None:
        self.resources.focus()

    def key_escape(self) -> None:
        if self.has_class("-filtering"):
            self.close_filter()
