"""Dependencies and dependents of a resource, as a list to navigate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from pltui.i18n import tr
from pltui.text import clean, pad, width
from pltui.topology.relations import Link
from pltui.tui.rendering.age import age
from pltui.tui.rendering.tree_row import colour, state
from pltui.tui.theming import theme
from pltui.view.diagnosis import links
from pltui.view.diagram.signs import COLOURS, GLYPHS
from pltui.view.lab_snapshot import Condition, LabSnapshot, Row

MOST = 44  # most cells of an address


class Dependencies(OptionList, inherit_bindings=False):
    """Options have addresses as ids; the two headings cannot be selected."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "up", show=False, id="neighbours.up", tooltip="Move up"),
        Binding("down,j", "cursor_down", "down", show=False, id="neighbours.down", tooltip="Move down"),
        Binding("enter", "select", "go there", id="neighbours.open", tooltip="Open its details"),
        Binding("pageup", "page_up", "page up", show=False, id="neighbours.page_up", tooltip="A page up"),
        Binding("pagedown", "page_down", "page down", show=False, id="neighbours.page_down", tooltip="A page down"),
        Binding("home", "first", "first", show=False, id="neighbours.first", tooltip="To the first"),
        Binding("end", "last", "last", show=False, id="neighbours.last", tooltip="To the last"),
    ]

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._shown: list[tuple[str | None, str]] = []

    def show(self, world: LabSnapshot, row: Row, now: datetime | None) -> None:
        """Show the links of `row`; the selection stays."""
        options = list(self._entries(world, row, now))
        lines = [(option.id, str(option.prompt)) for option in options]
        if lines == self._shown:
            return
        kept = self.highlighted_option.id if self.highlighted_option else None
        self._shown = lines
        self.set_options(options)
        places = [index for index, option in enumerate(options) if not option.disabled]
        same = [index for index in places if options[index].id == kept]
        self.highlighted = next(iter([*same, *places]), None)

    def _entries(self, world: LabSnapshot, row: Row, now: datetime | None) -> Iterator[Option]:
        found = links(world, row)
        for title, side in ((tr("Depends on"), found.needs), (tr("Used by"), found.needed_by)):
            heading = Text(f"{title}  {len(side) or tr('none')}", theme.style(self.app, "primary", bold=True))
            yield Option(heading, disabled=True)
            longest = max((width(clean(link.address)) for link in side), default=0)
            for link in side:
                # A prefix, as a resource may be in both lists, but ids must be unique.
                identity = f"{'>' if side is found.needs else '<'}{link.address}"
                yield Option(self._line(world, link, min(longest, MOST), now), id=identity)

    def _line(self, world: LabSnapshot, link: Link, cells: int, now: datetime | None) -> Text:
        row = world.rows.get(link.address) or Row(link.address, "")
        hue = theme.style(self.app, colour(world, row) if row.condition is Condition.READY else COLOURS[row.condition])
        faint = theme.style(self.app, "faint")
        text = Text(no_wrap=True, overflow="ellipsis").append(f"  {GLYPHS[row.condition]} ", hue)
        text.append(pad(clean(link.address), cells)).append(f"  {pad(state(row)[0], 9)}", hue)
        text.append(f" {age(row.age_from, now):>4}  ", faint)
        return text.append(clean(", ".join(tr(name) for name in link.fields)), faint)


def address_of(option: Option) -> str:
    """Address of the resource that an option leads to."""
    return (option.id or "")[1:]
