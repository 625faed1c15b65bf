"""Who answered lately, as bars: a lane per subnet and per zone."""

from __future__ import annotations

from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from pltui.probe.tally import Tally
from pltui.text import clean, pad
from pltui.text import width as cells_of
from pltui.tui import theme
from pltui.tui.bars import bar
from pltui.words import tr

# Below this many cells of height the two sets stand side by side instead of one above the other.
ROOMY = 30
# From this width on latencies and counts share a line.
ONE_LINE = 70
SUBNET = 9  # cells of a subnet's name, at least
_NAMES = {
    "timeout": "timed out",
    "refused": "refused",
    "unresolved": "name not found",
    "reset": "reset",
    "http": "HTTP errors",
}


class Shares(Widget):
    """`subnets` are the lanes drawn even at nought, so that one sees which subnet does not answer."""

    def __init__(self, subnets: int, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._subnets = subnets
        self._zones: dict[str, int] = {}  # zone -> the subnet whose colour it takes
        self.tally = Tally()

    def follow(self, subnets: int) -> None:
        """Another spec holds, with so many subnets."""
        self._subnets = subnets
        self.refresh(layout=True)

    def show(self, tally: Tally, zones: dict[str, int]) -> None:
        """Draw this tally; `zones` gives each zone's subnet."""
        self.tally = tally
        if zones != self._zones:
            self._zones = dict(zones)
            self.refresh(layout=True)
        self.refresh()

    @property
    def _roomy(self) -> bool:
        return self.app.size.height >= ROOMY

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        subnets, zones = len(self._subnet_lanes()), len(self._zones)
        return (1 if width >= ONE_LINE else 2) + (subnets + zones + 1 if self._roomy and zones else max(subnets, zones))

    def render(self) -> Text:
        width = self.content_size.width
        counts = self._subnet_lanes()
        names = {n: tr("Subnet {n}", n=n) for n in counts}
        name_width = max((SUBNET, *map(cells_of, names.values())))
        subnets = [self._lane(names[n], n, count, name_width) for n, count in counts.items()]
        zone_counts = self.tally.by_zone()
        zone_width = max((len(zone) for zone in self._zones), default=0)
        zones = [self._lane(zone, n, zone_counts[zone], zone_width) for zone, n in sorted(self._zones.items())]
        lines = [self._latency(), self._summary()]
        if width >= ONE_LINE:
            lines = [Text("   ").join(lines)]
        if self._roomy or width < 64:
            lines += [lane(width) for lane in subnets]
            if self._roomy and zones:
                lines += [Text(), *(lane(width) for lane in zones)]
            return Text("\n").join(lines)
        half = width // 2 - 1
        for index in range(max(len(subnets), len(zones))):
            left = subnets[index](half) if index < len(subnets) else Text(" " * half)
            lines.append(left.append("  ").append_text(zones[index](half) if index < len(zones) else Text()))
        return Text("\n").join(lines)

    def _subnet_lanes(self) -> dict[int, int]:
        counts = self.tally.by_subnet()
        return {n: counts[n] for n in sorted({*range(1, self._subnets + 1), *counts})}

    def _lane(self, name: str, subnet: int, count: int, name_width: int) -> _Lane:
        return _Lane(self, name, subnet, count, name_width, sum(self.tally.by_subnet().values()))

    def _latency(self) -> Text:
        faint = theme.style(self.app, "faint")
        text = Text(f"{tr('latency')} ", theme.style(self.app, "foreground", bold=True), no_wrap=True)
        values = self.tally.percentiles(50, 95, 99)
        if values is None:
            return text.append(f" {tr('none yet')}", faint)
        for rank, value in zip((50, 95, 99), values, strict=True):
            text.append(f" p{rank} ", faint).append(f"{value:.1f} ms ")
        return text

    def _summary(self) -> Text:
        tally = self.tally
        faint = theme.style(self.app, "faint")
        text = Text(no_wrap=True)
        text.append(tr("last {n} of {sent} answers", n=len(tally), sent=tally.sent), faint)
        for kind, count in tally.by_failure().most_common():
            text.append(
                f"  {count} {tr(_NAMES[kind]) if kind in _NAMES else clean(kind)}",
                theme.style(self.app, "error", bold=True),
            )
        return text


class _Lane:
    """A line of the chart, drawn once its width is known."""

    def __init__(self, widget: Widget, name: str, subnet: int, count: int, name_width: int, total: int) -> None:
        self._colour = theme.style(widget.app, theme.lane(subnet))
        self._bold = theme.style(widget.app, theme.lane(subnet), bold=True)
        self._track = theme.style(widget.app, "faint", dim=True)
        self._head = f"{theme.letter(subnet)} {pad(clean(name), name_width)} "
        self._count, self._share = count, count / total if total else 0.0

    def __call__(self, width: int) -> Text:
        tail = f" {self._share:>4.0%} {self._count:>4}"
        cells = max(1, width - cells_of(self._head) - len(tail))
        drawn = bar(self._share, cells)
        filled = drawn.rstrip("─")
        return Text.assemble(
            (self._head, self._bold),
            (filled, self._colour),
            (drawn[len(filled) :], self._track),
            (tail, self._bold if self._count else self._track),
            no_wrap=True,
        )
