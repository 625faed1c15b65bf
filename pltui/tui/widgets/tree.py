"""The lab's resources under the headings people think in. Built once; while a run goes on nodes are only relabelled."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from pltui.snapshot import Condition, Row, World
from pltui.spec.model import Spec
from pltui.text import clean
from pltui.tui import theme
from pltui.tui.grouping import Path, headings, place

GLYPHS = {
    Condition.READY: "●",
    Condition.UNSEEN: "·",
    Condition.ABSENT: "○",
    Condition.WORKING: "◐",
    Condition.LOST: "?",
    Condition.BLOCKED: "⊘",
    Condition.FAILED: "✗",
}
COLOURS = {
    Condition.READY: "success",
    Condition.UNSEEN: "faint",
    Condition.ABSENT: "faint",
    Condition.WORKING: "warning",
    Condition.LOST: "warning",
    Condition.BLOCKED: "warning",
    Condition.FAILED: "error",
}
# A heading says more than "ready" only while something below it is not.
_GROUP_WORDS = {
    Condition.UNSEEN: "",
    Condition.ABSENT: "missing",
    Condition.WORKING: "working",
    Condition.LOST: "unknown",
    Condition.BLOCKED: "blocked",
    Condition.FAILED: "failed",
}
# Long, and seldom what one came to see.
FOLDED = frozenset({"network"})
Node = TreeNode[str]


def short_id(identity: str) -> str:
    """An ARN by its last part; other ids as they are."""
    return identity.rpartition(":")[2] if identity.startswith("arn:") else identity


class LabTree(Tree[str], inherit_bindings=False):
    """Nodes carry the resource's address; headings carry ""."""

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
        self.guide_depth = 2
        self._spec = spec
        self._world = World()
        self._query = ""
        self._folded: dict[tuple[str, ...], bool] = {}
        self._groups: dict[tuple[str, ...], Node] = {}
        self._leaves: dict[str, Node] = {}
        self._paths: dict[str, Path] = {}
        self._widths: dict[tuple[str, ...], int] = {}  # of the longest label under a heading

    def on_mount(self) -> None:
        self._grow()

    @property
    def selected(self) -> Row | None:
        """The resource under the cursor; None on a heading."""
        node = self.cursor_node
        return self._world.rows.get(node.data) if node and node.data else None

    @property
    def matches(self) -> int:
        return len(self._leaves)

    def show(self, world: World) -> None:
        """Relabel what differs from the world shown before; nodes are added only for resources not known yet."""
        before, self._world = self._world, world
        changed = [row for address, row in world.rows.items() if before.rows.get(address) is not row]
        if any(row.address not in self._paths for row in changed):
            self._grow()
            return
        for row in changed:
            if row.address in self._leaves:
                self._leaves[row.address].set_label(self._leaf(row))
        for path in {path[:depth] for row in changed for path in [self._paths[row.address]] for depth in (1, 2)}:
            if path in self._groups:
                self._groups[path].set_label(self._heading(path))

    def filter(self, query: str) -> None:
        """Keep resources with `query` in label, name, state or id, and the headings above them."""
        if query.casefold() != self._query:
            self._query = query.casefold()
            self._grow()

    def repaint(self) -> None:
        """Label everything anew, as after a change of theme."""
        for address, node in self._leaves.items():
            node.set_label(self._leaf(self._world.rows[address]))
        for path, node in self._groups.items():
            node.set_label(self._heading(path))

    def fold_all(self, folded: bool) -> None:
        """Fold or unfold the parts; on a small screen the headings alone tell enough."""
        for path, node in self._groups.items():
            if len(path) == 2:
                node.collapse() if folded or path[1] in FOLDED else node.expand()

    def action_fold(self) -> None:
        node = self.cursor_node
        if node and node.allow_expand and node.is_expanded:
            node.collapse()
        elif node and node.parent and not node.parent.is_root:
            self.move_cursor(node.parent)

    def action_unfold(self) -> None:
        if self.cursor_node:
            self.cursor_node.expand()

    def _grow(self) -> None:
        selected = self.cursor_node.data if self.cursor_node else None
        self._folded |= {path: not node.is_expanded for path, node in self._groups.items() if not self._query}
        self._paths = {row.address: place(row.address, row.kind) for row in self._world.rows.values()}
        self._widths = {}
        for address, path in self._paths.items():
            self._widths[path] = max(self._widths.get(path, 0), len(self._world.rows[address].label))
        self.clear()
        self._groups, self._leaves = {}, {}
        for path in dict.fromkeys([*headings(self._spec), *self._paths.values()]):
            self._grow_part(path)
        if selected in self._leaves:
            self.call_after_refresh(self.move_cursor, self._leaves[selected])

    def _grow_part(self, path: Path) -> None:
        rows = [row for row in self._below(path) if self._matches(row)]
        if self._query and not rows:
            return
        owner = self._groups.get(path[:1])
        if owner is None:
            owner = self._groups[path[:1]] = self.root.add(self._heading(path[:1]), data="", expand=True)
        expand = bool(self._query) or not self._folded.get(path, path[1] in FOLDED)
        part = self._groups[path] = owner.add(self._heading(path), data="", expand=expand)
        for row in rows:
            self._leaves[row.address] = part.add_leaf(self._leaf(row), data=row.address)

    def _below(self, path: tuple[str, ...]) -> list[Row]:
        return [self._world.rows[address] for address, p in self._paths.items() if p[: len(path)] == path]

    def _matches(self, row: Row) -> bool:
        fields = (row.label, row.address, row.name, row.word, row.id)
        return not self._query or any(self._query in field.casefold() for field in fields)

    def _leaf(self, row: Row) -> Text:
        differs = row.changes and row.condition is Condition.READY
        colour = "warning" if differs else COLOURS[row.condition]
        text = Text(no_wrap=True)
        text.append(f"{GLYPHS[row.condition]} ", theme.style(self.app, colour, bold=True))
        text.append(row.label.ljust(self._widths[self._paths[row.address]] + 2))
        text.append(row.word, theme.style(self.app, colour))
        detail = row.error or short_id(row.id)
        if detail:
            text.append(f"  {detail}", theme.style(self.app, "error" if row.error else "faint"))
        return text

    def _heading(self, path: tuple[str, ...]) -> Text:
        rows = self._below(path)
        worst = max((row.condition for row in rows), default=Condition.UNSEEN)
        ready = sum(row.condition is Condition.READY for row in rows)
        colour = theme.style(self.app, COLOURS[worst], bold=True)
        text = Text(no_wrap=True)
        text.append(f"{GLYPHS[worst]} ", colour)
        text.append(clean(path[-1]), theme.style(self.app, "foreground", bold=True))
        if rows:
            text.append(f"  {ready}/{len(rows)}", theme.style(self.app, "faint"))
            text.append(f"  {_GROUP_WORDS.get(worst, '')}", theme.style(self.app, COLOURS[worst]))
        return text
