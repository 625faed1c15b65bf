"""Modal panel with a title and text: explanation, help, error."""

from __future__ import annotations

from typing import ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from pltui.text import clean
from pltui.tui.screens.base import TranslatedScreen

CLOSING = Binding("escape,enter", "app.pop_screen", "close", id="panel.close", tooltip="Close this panel")
LEAVING = Binding("q", "app.quit", "quit", id="panel.quit", tooltip="Quit; the lab keeps running")


SHORT, NARROW = 30, 100  # lines and columns below which the layout is compact


class Panel(TranslatedScreen, ModalScreen[None]):
    """Panel with a scrollable text; escape or enter closes it."""

    CSS_PATH = "panel.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT, "-tall")]  # noqa: RUF012  # declared so by Screen
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [CLOSING, LEAVING]

    def __init__(self, title: str, text: RenderableType = "", classes: str = "") -> None:
        super().__init__(classes=classes)
        self._title = title
        self._body = Static(text, markup=False, id="text")

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = Text(clean(self._title)).markup
            with VerticalScroll():
                yield self._body
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def show(self, text: RenderableType) -> None:
        """Replace the text; also before the panel is on screen."""
        self._body.update(text)


def plain(text: str) -> Text:
    """Several lines from outside, each sanitised."""
    return Text("\n".join(clean(line) for line in text.splitlines()))
