"""Tree of the lab's resources under headings.

Nodes are built once; labels are rendered when they are visible, so that others cost nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from pltui.i18n import tr
from pltui.spec.model import Spec
from pltui.text import clean, width
from pltui.topology.headings import Path, headings, place
from pltui.tui.rendering.age import age
from pltui.tui.rendering.columns import fit
from pltui.tui.rendering.tree_row import line, short_id
from pltui.tui.theming import theme
from pltui.view.diagnosis import waits_for
from pltui.view.diagram.signs import COLOURS, GLYPHS
from pltui.view.lab_snapshot import Condition, LabSnapshot, Row
from pltui.view.row_filter import matches

__all__ = ["COLOURS", "GLYPHS", "LabTree", "short_id"]

# A heading has a word only while a resource below it is not ready.
_GROUP_WORDS = {
    Condition.UNSEEN: "",
    Condition.ABSENT: "missing",
    Condition.WORKING: "working",
    Condition.LOST: "unknown",
    Condition.BLOCKED: "blocked",
    Condition.FAILED: "failed",
}
# Folded at first: long, and seldom of interest.
FOLDED = frozenset({"network"})
INDENT = 2  # cells a level
Node = TreeNode[str]


class LabTree(Tree[str], inherit_bindings=False):
    """Nodes have the resource's address as data, headings ""."""

    class Narrowed(Message):
        """The filter's result has changed: `shown` of `count` resources."""

        def __init__(self, shown: int, count: int) -> None:
            super().__init__()
            self.shown, self.count = shown, count

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "up", show=False, id="tree.up", tooltip="Move up"),
        Binding("down,j", "cursor_down", "down", show=False, id="tree.down", tooltip="Move down"),
        Binding("left", "fold", "fold", show=False, id="tree.fold", tooltip="Fold, or go to the heading"),
        Binding("right", "unfold", "unfold", show=False, id="tree.unfold", tooltip="Unfold"),
        Binding("space", "toggle_node", "fold", show=False, id="tree.toggle", tooltip="Fold or unfold"),
        Binding("pageup", "page_up", "page up", show=False, id="tree.page_up", tooltip="A page up"),
        Binding("pagedown", "page_down", "page down", show=False, id="tree.page_down", tooltip="A page down"),
        Binding("home", "scroll_home", "top", show=False, id="tree.top", tooltip="To the top"),
        Binding("end", "scroll_end", "bottom", show=False, id="tree.bottom", tooltip="To the bottom"),
    ]

    def __init__(self, spec: Spec, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id)
        self.show_root = False
        self.auto_expand = False
        self.guide_depth = INDENT
        self._spec = spec
        self._world = LabSnapshot()
        self._now: datetime | None = None
        self._query = ""
        self._narrowed = False  # True if the present nodes are filtered
        self._folded: dict[tuple[str, ...], bool] = {}
        self._groups: dict[tuple[str, ...], Node] = {}
        self._leaves: dict[str, Node] = {}
        self._paths: dict[str, Path] = {}
        self._below: dict[tuple[str, ...], list[str]] = {}  # addresses under a heading
        self._widths: dict[Path, int] = {}  # cells of the longest label under a heading
        self._headings: dict[int, tuple[str, ...]] = {}  # by the node's id

    def on_mount(self) -> None:
        self._grow()

    @property
    def selected_row(self) -> Row | None:
        """The resource under the cursor; None on a heading."""
        node = self.cursor_node
        return self._world.rows.get(node.data) if node and node.data else None

    def show(self, world: LabSnapshot) -> None:
        """Show this snapshot: redraw rows that differ, and rebuild the nodes only if the set of rows has changed."""
        before, self._world = self._world, world
        changed = [
            row
            for address, row in world.rows.items()
            if before.rows.get(address) is not row or before.broken.get(address) != world.broken.get(address)
        ]
        if len(self._paths) != len(world.rows) or any(map(self._is_misplaced, changed)):
            self._grow()
            return
        for row in changed:
            if row.address in self._leaves:
                self._leaves[row.address].refresh()
        for path in {path[:depth] for row in changed for path in [self._paths[row.address]] for depth in (1, 2)}:
            if path in self._groups:
                self._groups[path].refresh()

    def follow(self, spec: Spec) -> None:
        """Use the headings of this spec; the next snapshot is drawn completely."""
        self._spec = spec
        self._paths = {}  # so that the next snapshot is drawn completely

    def tick(self, now: datetime) -> None:
        """Update the visible ages to `now`."""
        before, self._now = self._now, now
        if before and before.replace(microsecond=0) == now.replace(microsecond=0):
            return
        top = self.scroll_offset.y
        for number in range(top, top + self.size.height):
            node = self.get_node_at_line(number)
            if node and node.data and self._ages(node.data, before) != self._ages(node.data, now):
                node.refresh()

    def filter(self, query: str) -> None:
        """Keep the resources that match, with their headings; see pltui.view.row_filter."""
        if query.casefold() != self._query:
            self._query = query.casefold()
            self._grow()

    def go(self, address: str) -> None:
        """Move the cursor to the resource, and unfold its headings."""
        node = self._leaves.get(address)
        if node is None:
            return
        parent = node.parent
        while parent and not parent.is_root:
            parent.expand()
            parent = parent.parent
        self.call_after_refresh(self.move_cursor, node)

    def go_first(self) -> None:
        """Move the cursor to the first resource shown."""
        if self._leaves:
            self.go(next(iter(self._leaves)))

    def repaint(self) -> None:
        """Redraw everything, as after a change of theme."""
        for node in (*self._leaves.values(), *self._groups.values()):
            node.refresh()

    def fold_all(self, folded: bool) -> None:
        """Fold or unfold the parts; on a small screen the headings are enough."""
        for path, node in self._groups.items():
            if len(path) == 2:
                node.collapse() if folded or path[1] in FOLDED else node.expand()

    def action_fold(self) -> None:
        """Fold the heading, or go to the heading of a resource."""
        node = self.cursor_node
        if node and node.allow_expand and node.is_expanded:
            node.collapse()
        elif node and node.parent and not node.parent.is_root:
            self.move_cursor(node.parent)

    def action_unfold(self) -> None:
        """Unfold the heading."""
        if self.cursor_node:
            self.cursor_node.expand()

    async def on_click(self, event: Click) -> None:
        """Open the details of a resource on a double click, as enter does."""
        if event.chain == 2 and self.selected_row is not None:
            await self.run_action("app.perform('view.details')")

    # -- nodes ----------------------------------------------------------------------------------------------------

    def _grow(self) -> None:
        selected = self.cursor_node.data if self.cursor_node else None
        self._folded |= {path: not node.is_expanded for path, node in self._groups.items() if not self._narrowed}
        self._paths = {row.address: place(row.address, row.kind) for row in self._world.rows.values()}
        self._widths, self._below = {}, {}
        for address, path in self._paths.items():
            self._widths[path] = max(self._widths.get(path, 0), width(self._world.rows[address].label))
            for heading in (path[:1], path):
                self._below.setdefault(heading, []).append(address)
        self.clear()
        self._groups, self._leaves, self._headings = {}, {}, {}
        for path in dict.fromkeys([*headings(self._spec), *self._paths.values()]):
            self._grow_part(path)
        self._narrowed = bool(self._query)
        self.post_message(self.Narrowed(len(self._leaves), len(self._world.rows)))
        if selected in self._leaves:
            self.call_after_refresh(self.move_cursor, self._leaves[selected])

    def _grow_part(self, path: Path) -> None:
        rows = [row for row in self._rows(path) if self._matches(row)]
        if self._query and not rows:
            return
        owner = self._groups.get(path[:1]) or self._heading(path[:1], self.root, expand=True)
        expand = bool(self._query) or not self._folded.get(path, path[1] in FOLDED)
        part = self._heading(path, owner, expand=expand)
        for row in rows:
            self._leaves[row.address] = part.add_leaf("", data=row.address)

    def _heading(self, path: tuple[str, ...], under: Node, *, expand: bool) -> Node:
        node = self._groups[path] = under.add("", data="", expand=expand)
        self._headings[node.id] = path
        return node

    def _rows(self, path: tuple[str, ...]) -> list[Row]:
        return [self._world.rows[address] for address in self._below.get(path, ())]

    def _is_misplaced(self, row: Row) -> bool:
        """True if the row is new, or is to appear or disappear because of the filter."""
        return row.address not in self._paths or self._matches(row) != (row.address in self._leaves)

    def _matches(self, row: Row) -> bool:
        return not self._query or matches(row, self._query)

    # -- drawing --------------------------------------------------------------------------------------------------

    def get_label_width(self, node: Node) -> int:
        """Return 1: labels are drawn to the available width, so that nothing scrolls sideways."""
        return 1

    def render_label(self, node: Node, base_style: Style, style: Style) -> Text:
        """Render the present label of this node."""
        if node.data:
            label = self._leaf(self._world.rows[node.data])
            label.stylize(style)
            return label
        label = self._group(self._headings.get(node.id, ()))
        label.stylize(style)
        icon = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
        return Text.assemble((icon, base_style + Style(meta={"toggle": True})), label)

    def _leaf(self, row: Row) -> Text:
        path = self._paths[row.address]
        columns = fit(self.scrollable_content_region.width - INDENT * len(path), self._widths[path])
        return line(self.app, self._world, row, columns, self._now)

    def _group(self, path: tuple[str, ...]) -> Text:
        rows = self._rows(path)
        broken = any(row.address in self._world.broken for row in rows)
        worst = Condition.FAILED if broken else max((row.condition for row in rows), default=Condition.UNSEEN)
        ready = sum(row.condition is Condition.READY and row.address not in self._world.broken for row in rows)
        text = Text(no_wrap=True)
        text.append(f"{GLYPHS[worst]} ", theme.style(self.app, COLOURS[worst], bold=True))
        text.append(tr(clean(path[-1])) if path else "", theme.style(self.app, "foreground", bold=True))
        if rows:
            text.append(f"  {ready}/{len(rows)}", theme.style(self.app, "faint"))
            word = tr("fault active") if broken else tr(_GROUP_WORDS.get(worst, ""))
            text.append(f"  {word}", theme.style(self.app, COLOURS[worst]))
        return text

    def _ages(self, address: str, now: datetime | None) -> tuple[str, str]:
        """All ages shown in the resource's row."""
        row = self._world.rows[address]
        other = waits_for(self._world, address)
        return age(row.age_from, now), age(other.age_from, now) if other else ""
