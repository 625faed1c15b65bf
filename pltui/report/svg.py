"""A report as one picture: the topology, with the experiments' answers below it.

Colours follow the reader's system, also if the picture is embedded in a page as an image.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pltui.i18n import tr
from pltui.lab.experiments import ExperimentResult, Sample
from pltui.report import sentences
from pltui.report.markup import escape
from pltui.report.model import Report
from pltui.text import cut

LANES = 6
WIDTH = 1200  # in user units, like all lengths here
MARGIN, LINE, ROW, COLUMN = 32, 24, 22, 560
BAR_LEFT, BAR_WIDTH = 150, 230
MOST_CELLS = 78  # maximum width of a line of text in one column
_VIEW_BOX = re.compile(r"<svg\b[^>]*?\bviewBox=[\"']\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*[\"']")
STYLE = """
.page{fill:#f7f9fc}.ink{fill:#1c2733}.faint{fill:#5b6876}.track{fill:#d5dde7}
.pass{fill:#157a3c}.fail{fill:#c3222f}.idle{fill:#8f5a00}.title{font-size:24px;font-weight:700}.strong{font-weight:700}
.bar-1{fill:#0369a1}.bar-2{fill:#9a6200}.bar-3{fill:#a21caf}.bar-4{fill:#15803d}.bar-5{fill:#5b47d6}.bar-6{fill:#c2410c}
.words{font:14px system-ui,"Segoe UI","Noto Sans","Noto Sans JP",sans-serif}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.ink{fill:#d7dee8}.faint{fill:#93a1b3}.track{fill:#2a3644}
.pass{fill:#5fd38d}.fail{fill:#ff6b6b}.idle{fill:#f2b64c}
.bar-1{fill:#56c7f5}.bar-2{fill:#f6c453}.bar-3{fill:#e58af0}.bar-4{fill:#7fd88f}.bar-5{fill:#a99cff}.bar-6{fill:#ff9e64}
}
"""
_CLASSES = {True: "pass", False: "fail", None: "idle"}


def svg(report: Report) -> str:
    """Return the report as an SVG document."""
    picture, height = _place_picture(report.picture, MARGIN, top := MARGIN + 3 * LINE)
    charts, bottom = _charts(report, top + height + 2 * LINE)
    total = bottom + MARGIN
    title = f"{report.origin.lab}: {sentences.badge(report.results.success)}"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total:g}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(' '.join(_describe_bars(report)))}</desc>",
            f"<style>{STYLE}</style>",
            f'<rect class="page" width="{WIDTH}" height="{total:g}"/>',
            '<g class="words">',
            *_head(report),
            *charts,
            "</g>",
            picture,
            "</svg>\n",
        )
    )


def _place_picture(picture: str, left: float, top: float) -> tuple[str, float]:
    """Return the topology's picture, positioned and scaled to the page's width, and its height."""
    inner = picture[picture.index("<svg") :]
    found = _VIEW_BOX.match(inner)
    assert found, "the picture has no viewBox that begins at its corner"
    wide, high = float(found[1]), float(found[2])
    width = WIDTH - 2 * left
    height = high * width / wide
    sized = re.sub(r"\s(?:width|height|x|y)=[\"'][^\"']*[\"']", "", found[0])
    place = f'<svg x="{left:g}" y="{top:g}" width="{width:g}" height="{height:.1f}"'
    return place + sized.removeprefix("<svg") + inner[found.end() :], height


def _describe_bars(report: Report) -> Iterator[str]:
    """Yield the content of the bars as sentences, for screen readers."""
    yield sentences.outcome(report.results)
    for verdict in report.results.verdicts:
        yield f"{sentences.heading(verdict)}."
        for consumer, sample in verdict.samples.items():
            yield tr(
                "{consumer} expected {expected}, observed {observed}.",
                consumer=consumer,
                expected=sentences.format_subnets(verdict.experiment.answered_by[consumer]),
                observed=sentences.format_subnets(sample.counts),
            )


def _head(report: Report) -> Iterator[str]:
    passed = report.results.success
    badge = f'<tspan class="{_CLASSES[passed]}">{escape(sentences.badge(passed))}</tspan>'
    yield f'<text class="ink title" x="{MARGIN}" y="{MARGIN + 20}">{escape(cut(report.origin.lab, 60))}  {badge}</text>'
    facts = " · ".join(f"{label} {value}" for label, value in sentences.facts(report.origin))
    yield _text_element(MARGIN, MARGIN + 20 + LINE, facts, "faint", 150)


def _charts(report: Report, top: float) -> tuple[list[str], float]:
    """Return the experiments in two columns, and the bottom of the longer one."""
    drawn, ends = list[str](), [top, top]
    if not report.results.verdicts:
        return [_text_element(MARGIN, top, sentences.outcome(report.results), "faint", 150)], top + LINE
    for number, verdict in enumerate(report.results.verdicts):
        column = number % 2
        lines, ends[column] = _chart(verdict, report.zones, MARGIN + column * (COLUMN + MARGIN), ends[column])
        drawn += lines
    return drawn, max(ends)


def _chart(verdict: ExperimentResult, zones: Iterable[int], left: float, top: float) -> tuple[list[str], float]:
    badge = sentences.badge(verdict.success)
    head = f"{badge}  {sentences.heading(verdict)}, {sentences.format_effect(verdict.took)}"
    lines, y = [_text_element(left, top, head, f"{_CLASSES[verdict.success]} strong")], top + LINE
    for consumer, sample in verdict.samples.items():
        lines.append(_text_element(left, y, f"{consumer}  {sentences.format_latency(sample)}", "faint"))
        y += LINE
        expected = set(verdict.experiment.answered_by[consumer])
        for subnet in sentences.shown_subnets(sample, expected, zones):
            lines += _bar_row(sample, subnet, subnet in expected, left, y)
            y += ROW
        for why, times in sample.failures.items():
            lines.append(
                _text_element(
                    left, y, tr("{count} of {sent} failed: {why}", count=times, sent=sample.sent, why=why), "fail"
                )
            )
            y += ROW
        y += LINE / 2
    return lines, y + LINE / 2


def _bar_row(sample: Sample, subnet: int, expected: bool, left: float, y: float) -> Iterator[str]:
    times = sample.counts.get(subnet, 0)
    part = sentences.share(times, sample)
    yield _text_element(left, y, sentences.format_subnets([subnet]), "ink" if expected == bool(times) else "fail")
    bar = f'x="{left + BAR_LEFT:g}" y="{y - 11:g}" height="13" rx="2"'
    yield f'<rect class="track" {bar} width="{BAR_WIDTH}"/>'
    yield f'<rect class="bar-{(subnet - 1) % LANES + 1}" {bar} width="{BAR_WIDTH * part:.1f}"/>'
    told = f"{times} · {part:.0%}" + (f" · {tr('expected')}" if expected else "")
    yield _text_element(left + BAR_LEFT + BAR_WIDTH + 10, y, told, "faint")


def _text_element(x: float, y: float, text: str, style: str, most: int = MOST_CELLS) -> str:
    return f'<text class="{style}" x="{x:g}" y="{y:g}">{escape(cut(text, most))}</text>'
