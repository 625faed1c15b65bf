"""Steps of a plan under the headings of the tree. Only visible lines are rendered, so long plans scroll fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pltui.engine.model import Op, Step
from pltui.engine.plan import Plan
from pltui.engine.serialize import MARKS, MOST_NAMED, format_difference
from pltui.i18n import tr
from pltui.spec.model import Spec
from pltui.text import clean, pad
from pltui.topology.headings import Path, headings, place
from pltui.tui.theming import theme
from pltui.view.lab_snapshot import Row

# By `Step.action`.
COLOURS = {"create": "success", "update": "warning", "delete": "error", "replace": "error", "wait": "faint"}
MARK, LABEL = 5, 32  # cells


@dataclass(frozen=True, slots=True)
class StepLine:
    """`head` in `colour`, the subject, and details in a faint colour."""

    indent: int
    head: str
    colour: str
    text: str
    more: str = ""


def lines(plan: Plan, spec: Spec) -> list[StepLine]:
    """Format a plan as lines by heading; steps keep their order."""
    groups: dict[Path, list[tuple[Step, bool]]] = {path: [] for path in headings(spec)}
    for later, steps in ((False, plan.steps), (True, plan.later)):
        for step in steps:
            groups.setdefault(place(step.address, step.kind), []).append((step, later))
    return [line for path, members in groups.items() if members for line in _group(path, members)]


def _group(path: Path, members: Sequence[tuple[Step, bool]]) -> Iterator[StepLine]:
    actions = Counter(step.action for step, _ in members)
    counts = "  ".join(f"{MARKS[action]} {count}" for action, count in actions.items())
    yield StepLine(0, "", "", f"{clean(path[0])} · {tr(path[1])}", counts)
    for step, later in members:
        yield from _step(step, later=later)


def _step(step: Step, *, later: bool) -> Iterator[StepLine]:
    mark, colour = MARKS[step.action], COLOURS[step.action]
    identity = clean(step.observed.id if step.observed else step.desired.name if step.desired else "")
    why = "" if step.op in (Op.CREATE, Op.UPDATE) and not later else clean(tr(step.why))
    if step.replaces:
        why = tr("replaced: {why}", why=why)
    yield StepLine(2, mark, colour, Row(step.address, step.kind).label, "  ".join(filter(None, (identity, why))))
    for change in step.changes:
        forces = tr("forces replacement") if step.op is Op.DELETE else ""
        yield StepLine(2, "", colour, clean(f"  {change.field}: {format_difference(change)}"), forces)
    if step.takes_along:
        others = [Row(address, "").label for address in step.takes_along[:MOST_NAMED]]
        more = ", …" if len(step.takes_along) > MOST_NAMED else ""
        text = tr("also affects {count}: {names}", count=len(step.takes_along), names=", ".join(others) + more)
        yield StepLine(2, "", colour, f"  {text}")


class Steps(ScrollView, can_focus=False):
    """Scrolled by its screen, whichever widget has the focus there."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._lines: list[StepLine] = []

    def show(self, lines: list[StepLine]) -> None:
        """Show these lines from the top."""
        self._lines = lines
        self.virtual_size = Size(0, len(lines))
        self.scroll_to(y=0, animate=False, immediate=True)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self._lines))

    def render_line(self, y: int) -> Strip:
        index, base = self.scroll_offset.y + y, self.rich_style
        width = self.scrollable_content_region.width  # beside the scrollbar
        text = self._text(self._lines[index]) if index < len(self._lines) else Text()
        text.truncate(width, overflow="ellipsis")
        return Strip(Segment.apply_style(text.render(self.app.console), base)).adjust_cell_length(width, base)

    def _text(self, line: StepLine) -> Text:
        if not line.indent:
            text = Text(line.text, theme.style(self.app, "foreground", bold=True))
            return text.append(f"  {line.more}", theme.style(self.app, "faint"))
        text = Text(" " * line.indent).append(pad(line.head, MARK), theme.style(self.app, line.colour, bold=True))
        text.append(pad(line.text, LABEL) if line.more else line.text, theme.style(self.app, "foreground"))
        return text.append("  " if line.more else "").append(line.more, theme.style(self.app, "faint"))
