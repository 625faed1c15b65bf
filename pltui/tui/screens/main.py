"""Main screen: tree, diagram, answers, log and progress. Shows values it is given, and starts nothing."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.message import Message
from textual.reactive import var
from textual.screen import Screen

from pltui.i18n import Phrase, tr
from pltui.spec.model import Spec
from pltui.tui.screens.base import TranslatedScreen
from pltui.tui.widgets.distribution import Distribution
from pltui.tui.widgets.filter import Filter
from pltui.tui.widgets.footer import KeyFooter
from pltui.tui.widgets.header import Header
from pltui.tui.widgets.journal import JournalPane
from pltui.tui.widgets.probe_log import ProbeLog
from pltui.tui.widgets.probes import Probes
from pltui.tui.widgets.problems import SpecProblems
from pltui.tui.widgets.progress import Progress
from pltui.tui.widgets.topology import Topology
from pltui.tui.widgets.tree import LabTree
from pltui.view.lab_snapshot import Row

NARROW = 100  # columns below which the answers go under the tree
BROAD = 150  # columns from which the diagram has room beside the tree
VAST = 190  # columns from which the tree has room for whole ids
TREE, TOPOLOGY = "tree", "topology"
SHORT = 30  # lines below which the tree starts folded


class MainScreen(TranslatedScreen, Screen[None]):
    """The screen of the lab."""

    class Ready(Message):
        """All widgets are mounted."""

    # Widgets drawn by hand have no text to select, and Textual fails if a widget disappears as it is clicked on.
    ALLOW_SELECT = False
    # Not ClassVar, as in Screen.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide"), (BROAD, "-broad"), (VAST, "-vast")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT, "-tall")]  # noqa: RUF012

    # The view that has the room: tree or diagram. A broad screen always shows the diagram beside the tree.
    view: var[str] = var(TREE, init=False)

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._spec = spec
        self._folded = False

    def compose(self) -> ComposeResult:
        spec = self._spec
        yield Header()
        with Container(id="panes"):
            with Vertical(id="lab"):
                yield Filter(id="filter")
                yield LabTree(spec, id="tree")
            with Vertical(id="right"):
                yield Topology(spec, id="topology")
                yield Probes(spec.consumers, spec.provider.vpc.zone_count, id="probe")
        yield JournalPane(id="log")
        yield SpecProblems(id="problems")
        yield Progress()
        yield KeyFooter(compact=True)

    def on_mount(self) -> None:
        self.journal.border_title = tr("log")
        self.resources.focus()
        self.post_message(self.Ready())

    @property
    def header(self) -> Header:
        """The header."""
        return self.query_one(Header)

    @property
    def progress(self) -> Progress:
        """The line of progress."""
        return self.query_one(Progress)

    @property
    def resources(self) -> LabTree:
        """The tree of resources."""
        return self.query_one(LabTree)

    @property
    def topology(self) -> Topology:
        """The diagram."""
        return self.query_one(Topology)

    @property
    def selected_row(self) -> Row | None:
        """The resource selected in the focused view; None on a heading."""
        return self.topology.row if self.topology.has_focus else self.resources.selected_row

    def validate_view(self, view: str) -> str:
        """Return `view`.

        Raises:
            ValueError: If there is no such view.
        """
        if view not in (TREE, TOPOLOGY):
            raise ValueError(Phrase("there is no view {view!r}", view=view))
        return view

    def watch_view(self, view: str) -> None:
        """Show and focus the view."""
        self.set_class(view == TOPOLOGY, "-topology")
        (self.topology if view == TOPOLOGY else self.resources).focus()

    @property
    def probes(self) -> Probes:
        """The panes of answers."""
        return self.query_one(Probes)

    @property
    def probe_log(self) -> ProbeLog:
        """ProbeLog of the first visible consumer."""
        return self.probes.visible_panes[0].probe_log

    @property
    def distribution(self) -> Distribution:
        """Statistics of the first visible consumer."""
        return self.probes.visible_panes[0].distribution

    @property
    def problems(self) -> SpecProblems:
        """The problems of the saved spec."""
        return self.query_one(SpecProblems)

    def follow(self, spec: Spec) -> None:
        """Show a lab of this spec."""
        self._spec = spec
        self.resources.follow(spec)
        self.topology.follow(spec)
        self.probes.follow(spec.consumers, spec.provider.vpc.zone_count)

    @property
    def journal(self) -> JournalPane:
        """The log."""
        return self.query_one(JournalPane)

    def on_resize(self, event: Resize) -> None:
        short = event.size.height < SHORT
        if short != self._folded:
            self._folded = short
            self.resources.fold_all(short)
        for pane in self.probes.visible_panes:
            pane.distribution.refresh(layout=True)

    def open_filter(self) -> None:
        """Open the filter."""
        self.query_one(Filter).open()

    def close_filter(self) -> None:
        """Clear and hide the filter, and focus the tree."""
        self.query_one(Filter).close()
        self.resources.filter("")
        self.resources.focus()

    def on_filter_changed(self, event: Filter.Changed) -> None:
        """Filter the tree."""
        self.resources.filter(event.query)

    def on_filter_accepted(self) -> None:
        """Go to the first match."""
        self.resources.focus()
        self.resources.go_first()

    def on_lab_tree_narrowed(self, event: LabTree.Narrowed) -> None:
        """Show the number of matches."""
        self.query_one(Filter).tell(event.shown, event.count)

    def key_escape(self) -> None:
        """Close the filter."""
        if self.query_one(Filter).is_open:
            self.close_filter()
