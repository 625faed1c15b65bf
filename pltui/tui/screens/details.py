"""Details of a resource: desired and observed fields, differences, events, and reasons for its state.

Updated while it is open. Opened by `open_details`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList, Static

from pltui.i18n import Phrase, tr
from pltui.text import clean
from pltui.tui.rendering.age import age
from pltui.tui.rendering.documents import to_json, to_yaml
from pltui.tui.rendering.tree_row import colour, state
from pltui.tui.screens.base import TranslatedScreen
from pltui.tui.screens.detail_tabs import DETAIL_TABS, DetailTab, TabSubject
from pltui.tui.screens.panel import LEAVING
from pltui.tui.theming import theme
from pltui.tui.widgets.dependencies import Dependencies, address_of
from pltui.tui.widgets.tab_line import TabLine
from pltui.view.diagram.signs import GLYPHS
from pltui.view.lab_snapshot import LabSnapshot, Row

if TYPE_CHECKING:
    from pltui.tui.presenter import DialogPresenter

WHY = len(DETAIL_TABS) - 1
SHORT = 30  # lines below which the layout is compact


def open_details(app: DialogPresenter, address: str) -> None:
    """Open the details of the resource at `address`, or report that it is unknown."""
    if address in app.world.rows:
        app.push_screen(Details(app.world, address, app.now))
    else:
        app.tell(tr("No information about {address}.", address=address))


class DetailsPage(VerticalScroll, inherit_bindings=False):
    """The text of a tab, scrollable."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "up", show=False, id="page.up", tooltip="Scroll up"),
        Binding("down,j", "scroll_down", "down", show=False, id="page.down", tooltip="Scroll down"),
        Binding("pageup", "page_up", "page up", show=False, id="page.page_up", tooltip="A page up"),
        Binding("pagedown,space", "page_down", "page down", show=False, id="page.page_down", tooltip="A page down"),
        Binding("home", "scroll_home", "top", show=False, id="page.top", tooltip="To the top"),
        Binding("end", "scroll_end", "end", show=False, id="page.end", tooltip="To the end"),
    ]


class Details(TranslatedScreen, ModalScreen[None]):
    """Details of one resource, with a tab for each aspect; dependencies can be followed and left again."""

    CSS_PATH = "details.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT, "-tall")]  # noqa: RUF012  # declared so by Screen
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "close", id="details.close", tooltip="Close the details"),
        Binding("left,shift+tab", "turn(-1)", "tabs", id="details.left", tooltip="To the tab on the left"),
        Binding("right,tab", "turn(1)", "tabs", show=False, id="details.right", tooltip="To the tab on the right"),
        *(
            Binding(
                str(n), f"open({n - 1})", aspect.title, show=False,
                id=f"details.{aspect.title}", tooltip=Phrase("To the tab {title}", title=Phrase(aspect.title)),
            )
            for n, aspect in enumerate(DETAIL_TABS, 1)
        ),
        Binding("y", "copy('YAML')", "copy YAML", id="details.yaml", tooltip="Copy this tab as YAML"),
        Binding("J", "copy('JSON')", "copy JSON", id="details.json", tooltip="Copy this tab as JSON"),
        Binding("c", "copy_id", "copy id", id="details.id", tooltip="Copy the resource's id"),
        Binding("backspace", "back", "back", id="details.back", tooltip="To the resource one came from"),
        LEAVING,
    ]  # fmt: skip

    def __init__(self, world: LabSnapshot, address: str, now: datetime | None = None) -> None:
        super().__init__()
        self._world, self._address, self._now = world, address, now
        self._row = world.rows[address]
        self._from: list[str] = []  # addresses shown before, the last one at the end
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel"):
            yield Static(id="facts", markup=False)
            yield TabLine()
            with DetailsPage():
                yield Static(id="text", markup=False)
            yield Dependencies()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self._draw()
        self.action_open(0)

    # -- content --------------------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """Address of the resource shown."""
        return self._address

    @property
    def aspect(self) -> DetailTab:
        """The open tab."""
        return DETAIL_TABS[self._at]

    def keep_up(self, world: LabSnapshot, now: datetime) -> None:
        """Redraw if the resource or the second has changed. A resource that has disappeared keeps its last state."""
        row = world.rows.get(self._address, self._row)
        second = now.replace(microsecond=0)
        same = row is self._row and (self._at != WHY or world is self._world) and second == self._now
        self._world, self._row, self._now = world, row, second
        if not same and self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        subject = TabSubject(self._world, self._row, self._now)
        self.query_one(".panel").border_title = Text(clean(self._address)).markup
        self.query_one("#facts", Static).update(self._facts(self._row))
        tabs = self.query_one(TabLine)
        tabs.titles = tuple(_title(aspect, subject) for aspect in DETAIL_TABS)
        tabs.active = self._at
        lines = list(self.aspect.lines(self.app, subject))
        text = Text("\n").join(lines) if lines else Text(tr(self.aspect.empty), theme.style(self.app, "faint"))
        self.query_one("#text", Static).update(text)
        if self._at == WHY:
            self.query_one(Dependencies).show(self._world, self._row, self._now)

    def _facts(self, row: Row) -> Text:
        """Sign, state and age; kind and id; error."""
        faint = theme.style(self.app, "faint")
        text = Text(overflow="fold")
        word = state(row)[0] or tr("not checked yet")
        text.append(f"{GLYPHS[row.condition]} {word}", theme.style(self.app, colour(self._world, row), bold=True))
        text.append(f"  {age(row.age_from, self._now)}", faint)
        text.append(f"   {clean(row.kind).replace('_', ' ')}   {row.id or tr('no id')}", faint)
        if row.error:
            text.append(f"\n{row.error}", theme.style(self.app, "error", bold=True))
        if row.hint:
            text.append(f"\n{row.hint}", theme.style(self.app, "warning"))
        return text

    # -- keys and clicks ------------------------------------------------------------------------------------------

    def action_turn(self, by: int) -> None:
        """Go to the next tab (1) or the one before (-1)."""
        self.action_open((self._at + by) % len(DETAIL_TABS))

    def action_open(self, index: int) -> None:
        """Open the tab with this index, from its beginning."""
        self._at = index
        self.set_class(index == WHY, "-why")
        self._draw()
        page, neighbours = self.query_one(DetailsPage), self.query_one(Dependencies)
        page.scroll_home(animate=False)
        (neighbours if index == WHY else page).focus()
        self.refresh_bindings()

    def on_tab_line_chosen(self, event: TabLine.Chosen) -> None:
        """Open the tab that was clicked."""
        self.action_open(event.index)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show the details of the selected dependency."""
        address = address_of(event.option)
        if address in self._world.rows:
            self._from.append(self._address)
            self._go(address)
        else:
            self.notify(tr("No information about {address}.", address=clean(address)), markup=False)

    def action_back(self) -> None:
        """Return to the resource shown before."""
        if self._from:
            self._go(self._from.pop())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._from) if action == "back" else True

    def _go(self, address: str) -> None:
        self._address, self._row = address, self._world.rows[address]
        self.action_open(self._at)

    def action_copy(self, form: str) -> None:
        """Copy the document of the open tab."""
        document = self.aspect.document(TabSubject(self._world, self._row, self._now))
        self.app.copy_to_clipboard(to_yaml(document) if form == "YAML" else to_json(document))
        self.notify(tr("Copied {aspect} as {form}", aspect=tr(self.aspect.title), form=form), markup=False)

    def action_copy_id(self) -> None:
        """Copy the resource's id."""
        if self._row.id:
            self.app.copy_to_clipboard(self._row.id)
            self.notify(tr("Copied {id}", id=self._row.id), markup=False)


def _title(aspect: DetailTab, subject: TabSubject) -> str:
    count = aspect.count(subject) if aspect.count else 0
    return f"{tr(aspect.title)} ({count})" if count else tr(aspect.title)
