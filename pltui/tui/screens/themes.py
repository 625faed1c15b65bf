"""Screen of themes: each is applied as the cursor reaches it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option

from pltui.i18n import tr
from pltui.tui.screens.base import TranslatedScreen
from pltui.tui.theming.own_themes import OURS


class Themes(TranslatedScreen, ModalScreen[None]):
    """Leaves the app in the selected theme, or in the original one."""

    CSS_PATH = "themes.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave_it", "cancel", id="themes.no", tooltip="Restore the previous theme"),
        Binding("q", "app.quit", "quit", id="themes.quit", tooltip="Quit; the lab keeps running"),
    ]

    def __init__(self, names: Sequence[str], current: str) -> None:
        super().__init__()
        ours = [theme.name for theme in OURS if theme.name in names]
        self._names = [*ours, *sorted(set(names) - set(ours))]
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = tr("Themes")
            yield OptionList(*(Option(name, id=name) for name in self._names), markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        choice = self.query_one(OptionList)
        choice.highlighted = self._names.index(self._current)
        choice.focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Apply the theme under the cursor."""
        self.app.theme = str(event.option_id)

    def on_option_list_option_selected(self) -> None:
        """Keep the theme."""
        self.dismiss(None)

    def action_leave_it(self) -> None:
        """Restore the original theme."""
        self.app.theme = self._current
        self.dismiss(None)
