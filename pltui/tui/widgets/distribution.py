"""Statistics of recent answers: latencies over time, and a bar for each subnet and zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from pltui.i18n import tr
from pltui.probe.schedule import ProbePace
from pltui.probe.series import Figures
from pltui.probe.tally import RANKS
from pltui.text import clean, pad
from pltui.text import width as cells_of
from pltui.tui.rendering.bars import bar
from pltui.tui.rendering.sparkline import LEAST, sparkline
from pltui.tui.theming import theme

# Lines of the screen below which the two charts are side by side, and the figures share a row.
ROOMY = 30
BOTH = 64  # cells from which two charts fit side by side
AMPLE = 100  # cells from which they do so with long bars
SUBNET = 9  # least cells of a subnet's name
BEHIND = 0.9  # share of the requested rate below which the actual rate is shown
UNKNOWN = 3  # most bars of subnets that are not in the spec
_NAMES = {
    "timeout": "timed out",
    "refused": "refused",
    "unresolved": "name not found",
    "reset": "reset",
    "http": "HTTP errors",
}


class Distribution(Widget):
    """`subnets` is the number of bars that are drawn even if empty, to show that a subnet does not answer."""

    def __init__(self, subnets: int, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._subnets = subnets
        self._zones: dict[str, int] = {}  # zone -> the subnet that gives it its colour
        self._pace: ProbePace | None = None
        self._reached: float | None = None
        self._laid_out = 0  # rows requested at the last layout, which the stylesheet may have limited
        self.figures = Figures()

    def follow(self, subnets: int) -> None:
        """Use the number of subnets of another spec."""
        self._subnets = subnets
        self.refresh(layout=True)

    def show(self, figures: Figures, zones: Mapping[str, int], pace: ProbePace, reached: float | None) -> None:
        """Show these figures.

        `zones` gives each zone's subnet; `reached` is the rate in answers per second, or None while the probe is paused
        or has just started.
        """
        self.figures, self._zones, self._pace, self._reached = figures, dict(zones), pace, reached
        self.refresh(layout=self._rows(self.content_size.width) != self._laid_out)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._laid_out = self._rows(width)
        return self._laid_out

    def render(self) -> Text:
        width = self.content_size.width
        return Text("\n", no_wrap=True).join([*self._head(width), *self._lanes(width)])

    # -- figures --------------------------------------------------------------------------------------------------

    @property
    def _roomy(self) -> bool:
        return self.app.size.height >= ROOMY

    def _stacks_zones(self, width: int) -> bool:
        """True if the bars of the zones go below those of the subnets, because half the width would be too short."""
        return self._roomy and width < AMPLE and bool(self._zones)

    def _rows(self, width: int) -> int:
        subnets, zones = len(self._subnet_lanes()), len(self._zones)
        lanes = max(subnets, zones) if width >= BOTH else subnets
        if self._stacks_zones(width):
            lanes = subnets + zones + 1
        return lanes + (1 if self._in_one_row(width) else 2)

    def _head(self, width: int) -> list[Text]:
        """Latencies with a sparkline as wide as there is room, and the number of answers."""
        latency, counts = self._latency(width), self._counts(width)
        one = self._in_one_row(width)
        room = width - latency.cell_len - 1 - (counts.cell_len + 2 if one else 0)
        if room >= LEAST:
            latency.append(" ").append_text(sparkline(self.app, self.figures.seconds, room))
        return [Text("  ").join([latency, counts])] if one else [latency, counts]

    def _in_one_row(self, width: int) -> bool:
        taken = self._latency(width).cell_len + self._counts(width).cell_len
        return not self._roomy and taken + 3 + LEAST <= width

    def _latency(self, width: int) -> Text:
        """All percentiles that fit; the middle one is omitted first."""
        whole = self._percentiles(width, RANKS)
        return whole if whole.cell_len <= width else self._percentiles(width, (RANKS[0], RANKS[-1]))

    def _percentiles(self, width: int, ranks: Sequence[int]) -> Text:
        faint = theme.style(self.app, "faint")
        text = Text(no_wrap=True)
        if width >= BOTH and self._roomy:
            text.append(f"{tr('latency')}  ", theme.style(self.app, "foreground", bold=True))
        if self.figures.percentiles is None:
            return text.append(f"{tr('no latencies yet')}", faint)
        for rank, value in zip(RANKS, self.figures.percentiles, strict=True):
            if rank not in ranks:
                continue
            text.append(f"p{rank} ", faint).append(f"{value:.1f} " if value < 100 else f"{value:.0f} ")
        return text.append("ms", faint)

    def _counts(self, width: int) -> Text:
        figures, faint = self.figures, theme.style(self.app, "faint")
        numbers = {"n": figures.counted, "sent": figures.sent}
        summary = tr("last {n} of {sent} answers", **numbers) if width >= BOTH // 2 else tr("{n} of {sent}", **numbers)
        text = Text(summary, faint, no_wrap=True)
        for kind, count in sorted(figures.by_failure.items(), key=lambda each: -each[1]):
            name = tr(_NAMES[kind]) if kind in _NAMES else clean(kind)
            text.append(f"  {count} {name}", theme.style(self.app, "error", bold=True))
        return self._add_rate(text)

    def _add_rate(self, text: Text) -> Text:
        """Add the requested rate, and the actual one if it is lower because answers are slow."""
        pace, reached = self._pace, self._reached
        if pace is None:
            return text
        faint = theme.style(self.app, "faint")
        rate = tr("{rate:g}/s", rate=pace.rate)
        text.append(" · ", faint).append(f"{rate} ×{pace.concurrency}" if pace.concurrency > 1 else rate, faint)
        if reached is not None and reached < pace.rate * BEHIND:
            text.append(f" ({tr('actual {rate:.1f}/s', rate=reached)})", theme.style(self.app, "warning"))
        return text

    # -- lanes ----------------------------------------------------------------------------------------------------

    def _lanes(self, width: int) -> list[Text]:
        counts = self._subnet_lanes()
        names = {n: tr("Subnet {n}", n=n) for n in counts}
        name_width = max((SUBNET, *map(cells_of, names.values())))
        subnets = [self._lane(names[n], n, count, name_width) for n, count in counts.items()]
        zone_counts = self.figures.by_zone
        shown = {zone: zone if width >= BOTH // 2 else zone.rpartition("-")[2] for zone in sorted(self._zones)}
        zone_width = max((cells_of(clean(name)) for name in shown.values()), default=0)
        zones = [
            self._lane(name, self._zones[zone], zone_counts.get(zone, 0), zone_width) for zone, name in shown.items()
        ]
        if self._stacks_zones(width):
            return [*(lane(width) for lane in subnets), Text(), *(lane(width) for lane in zones)]
        if width < BOTH or not zones:
            return [lane(width) for lane in subnets]
        half = width // 2 - 1
        rows = []
        for index in range(max(len(subnets), len(zones))):
            left = subnets[index](half) if index < len(subnets) else Text(" " * half)
            rows.append(left.append("  ").append_text(zones[index](half) if index < len(zones) else Text()))
        return rows

    def _subnet_lanes(self) -> dict[int, int]:
        """Answers by subnet: the spec's subnets, and a limited number of others, as a server may report any number."""
        counts = self.figures.by_subnet
        known = range(1, self._subnets + 1)
        others = sorted((n for n in counts if n not in known), key=lambda n: -counts[n])[:UNKNOWN]
        return {n: counts.get(n, 0) for n in sorted({*known, *others})}

    def _lane(self, name: str, subnet: int, count: int, name_width: int) -> _Lane:
        return _Lane(self, name, subnet, count, name_width, sum(self.figures.by_subnet.values()))


class _Lane:
    """A line of the chart, rendered once its width is known."""

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
