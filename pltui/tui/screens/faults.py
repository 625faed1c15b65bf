"""Screen of faults: a list of possible and active faults, to inject and clear them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from pltui.i18n import tr
from pltui.lab.faults import LabFault
from pltui.tui.rendering import fault_descriptions
from pltui.tui.screens.base import TranslatedScreen
from pltui.tui.theming import theme

if TYPE_CHECKING:
    from pltui.tui.controllers.lab_work import LabWork


SHORT = 30  # lines below which the layout is compact


class Faults(TranslatedScreen, ModalScreen[None]):
    """Shows the app's `possible_faults`, and follows their changes."""

    CSS_PATH = "faults.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT, "-tall")]  # noqa: RUF012  # declared so by Screen
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "choose", "inject or clear", id="faults.toggle", tooltip="Inject or clear this fault"),
        Binding("F", "app.perform('faults.mend')", "clear all", id="faults.all", tooltip="Clear all faults"),
        Binding("escape,f", "dismiss", "close", id="faults.close", tooltip="Close; faults stay active"),
        Binding("q", "app.quit", "quit", id="faults.quit", tooltip="Quit; the lab keeps running"),
    ]

    def __init__(self, work: LabWork) -> None:
        super().__init__()
        self._work = work
        self._faults: Sequence[LabFault] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = Text(tr("Inject a fault")).markup
            yield Static("", id="state", markup=False)
            yield OptionList(id="choices", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self.watch(self.app, "possible_faults", self.show)

    def show(self, faults: Sequence[LabFault]) -> None:
        """Show these faults; the cursor stays."""
        self._faults = faults
        broken = sum(each.broken for each in faults)
        style = theme.style(self.app, "error" if broken else "faint", bold=bool(broken))
        text = tr("Active faults: {count}; F clears all", count=broken) if broken else tr("No active faults.")
        self.query_one("#state", Static).update(Text(text, style))
        choices = self.query_one(OptionList)
        before = choices.highlighted_option.id if choices.highlighted_option else None
        choices.set_options(self._options(faults))
        ids = [option.id for option in choices.options]
        kept = before if before in ids else None
        choices.highlighted = next((n for n, each in enumerate(ids) if each and kept in (None, each)), None)

    def _options(self, faults: Sequence[LabFault]) -> list[Option]:
        options: list[Option] = []
        for group, members in groupby(sorted(faults, key=fault_descriptions.rank), fault_descriptions.group):
            options.append(Option(Text(tr(group), theme.style(self.app, "primary", bold=True)), disabled=True))
            options += [Option(self._line(each), id=each.id) for each in members]
        return options

    def _line(self, fault: LabFault) -> Text:
        error = theme.style(self.app, "error", bold=True)
        if fault.broken:
            return Text(
                f"  ✗ {fault_descriptions.choice(fault)}  {tr('fault active')}",
                error,
                no_wrap=True,
                overflow="ellipsis",
            )
        text = Text("  · ", theme.style(self.app, "faint"), no_wrap=True, overflow="ellipsis")
        return text.append(fault_descriptions.choice(fault), theme.style(self.app, "foreground"))

    def action_choose(self) -> None:
        """Inject or clear the fault under the cursor."""
        option = self.query_one(OptionList).highlighted_option
        if option and option.id:
            self._toggle(option.id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Inject or clear the fault that was clicked."""
        if event.option_id:
            self._toggle(event.option_id)

    def _toggle(self, identity: str) -> None:
        found = next((each for each in self._faults if each.id == identity), None)
        if found is None:
            return
        if found.broken:
            self._work.clear_faults([found])
        else:
            self._work.inject_fault(found)
