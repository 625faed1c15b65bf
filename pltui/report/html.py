"""A report as one HTML file: no script, no external resource, light or dark as the reader's system is.

Everything is escaped where it is inserted; `_` functions return markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files

from pltui.i18n import current_language, tr
from pltui.lab.experiments import Sample, Verdict
from pltui.report import sentences
from pltui.report.markup import escape, escape_lines
from pltui.report.model import Creation, Report, Timed

LANES = 6  # colours for subnets, which repeat beyond
MOST_TIMED = 12
# The page's own security policy: injected content could neither run nor fetch anything.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_CLASSES = {True: "pass", False: "fail", None: "idle"}


def html(report: Report) -> str:
    """Return the report as an HTML document."""
    name = escape(report.origin.lab)
    style = files(__package__).joinpath("html.css").read_text(encoding="utf-8")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{current_language()}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f'<meta name="generator" content="pltui {escape(report.origin.versions["pltui"])}">',
            f"<title>{name}: {escape(sentences.badge(report.results.success))}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            *_head(report),
            "<main>",
            *_topology_section(report),
            *_experiments_section(report),
            *_section("why", tr("Why these answers"), [_code_block("\n".join(report.explanation), "told")]),
            *_plan_section(report),
            *_timings_section(report.creation, sentences.creation_state(report)),
            *_spec_section(report),
            "</main>",
            f"<footer><p>{escape(tr('Created by {command}', command='pltui report'))}</p></footer>",
            "</body>",
            "</html>\n",
        )
    )


def _head(report: Report) -> Iterator[str]:
    passed = report.results.success
    yield f'<header><div class="title"><h1>{escape(report.origin.lab)}</h1>{_badge(passed)}</div>'
    yield f"<p>{escape(sentences.outcome(report.results))}</p>"
    for fault in report.faults:
        yield f'<p class="warning">{escape(tr("Active faults: {what}", what=fault))}</p>'
    facts = [*sentences.facts(report.origin), (tr("Cross-zone"), sentences.format_switch(report.switch))]
    yield "<dl>"
    yield from (f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in facts)
    yield "</dl></header>"


def _section(id_: str, title: str, content: Iterable[str]) -> Iterator[str]:
    yield f'<section aria-labelledby="{id_}"><h2 id="{id_}">{escape(title)}</h2>'
    yield from content
    yield "</section>"


def _badge(passed: bool | None) -> str:
    return f'<span class="badge {_CLASSES[passed]}">{escape(sentences.badge(passed))}</span>'


def _code_block(text: str, kind: str = "as-is") -> str:
    """Return a code block. `tabindex` makes it scrollable by keyboard. Blocks of the other `kind` wrap long lines."""
    return f'<pre class="{kind}" tabindex="0">{escape_lines(text)}</pre>'


# -- topology ---------------------------------------------------------------------------------------------------------


def _topology_section(report: Report) -> Iterator[str]:
    picture = re.sub(r"^\s*<\?xml[^>]*\?>\s*", "", report.picture)
    text = _code_block("\n".join(report.drawing))
    yield from _section(
        "topology",
        tr("Topology"),
        [
            f'<figure class="picture card" tabindex="0">{picture}</figure>',
            f"<details><summary>{escape(tr('As text'))}</summary>{text}</details>",
        ],
    )


# -- experiments ------------------------------------------------------------------------------------------------------


def _experiments_section(report: Report) -> Iterator[str]:
    cards = [line for verdict in report.results.verdicts for line in _verdict_card(verdict, report.zones)]
    body = ['<div class="cards">', *cards, "</div>"] if cards else []
    said = [f"<p>{escape(sentences.outcome(report.results))}</p>"]
    yield from _section("experiments", tr("Experiments"), body or said)


def _verdict_card(verdict: Verdict, zones: Mapping[int, str]) -> Iterator[str]:
    title = escape(sentences.heading(verdict))
    yield f'<article class="card"><div class="title"><h3>{title}</h3>{_badge(verdict.success)}</div>'
    yield f'<p class="faint">{escape(sentences.format_effect(verdict.took))}</p>'
    for consumer, sample in verdict.samples.items():
        yield from _consumer_rows(verdict, consumer, sample, zones)
    yield "</article>"


def _consumer_rows(verdict: Verdict, consumer: str, sample: Sample, zones: Mapping[int, str]) -> Iterator[str]:
    expected = verdict.experiment.answered_by[consumer]
    yield f"<h4>{escape(consumer)}</h4>"
    yield "<p>" + escape(
        tr(
            "expected {expected}, observed {observed}",
            expected=sentences.format_subnets(expected),
            observed=sentences.format_subnets(sample.counts),
        )
    )
    yield f'</p><table><caption class="unseen">{escape(tr("Answers by subnet"))}</caption>'
    yield _table_head((tr("Subnet"), "what"), (tr("Share"), "bar"), (tr("Answers"), "number"), ("%", "number"))
    yield "<tbody>"
    for subnet in sentences.shown_subnets(sample, expected, zones):
        count = sample.counts.get(subnet, 0)
        part = sentences.share(count, sample)
        zone = escape(zones.get(subnet, ""))
        odd = ' class="odd"' if (count > 0) != (subnet in expected) else ""
        name = sentences.format_subnets([subnet])
        wanted = f' <span class="faint">{escape(tr("expected"))}</span>' if subnet in expected else ""
        told = tr("{subnet}: {count} of {sent} answers", subnet=name, count=count, sent=sample.sent)
        yield (
            f'<tr{odd}><th scope="row">{escape(name)}{wanted}<br><span class="faint">{zone}</span></th>'
            f'<td class="bar">{_bar(part, f"lane-{(subnet - 1) % LANES + 1}", told)}</td>'
            f'<td class="number">{count}</td><td class="number">{part:.0%}</td></tr>'
        )
    yield "</tbody></table>"
    yield from _failure_lines(sample)
    answers, latency = sentences.format_answers(sample), sentences.format_latency(sample)
    yield f'<p class="faint">{escape(answers)}<br>{escape(latency)}</p>'


def _failure_lines(sample: Sample) -> Iterator[str]:
    for why, count in sample.failures.items():
        told = tr("{count} of {sent} failed: {why}", count=count, sent=sample.sent, why=why)
        yield f'<p class="warning">{escape(told)}</p>'


def _bar(part: float, style: str, told: str) -> str:
    """Return a bar of `part` (0 to 1) of the cell's width.

    The numbers are beside it and in its title and description.
    """
    return (
        '<svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img">'
        f"<title>{escape(told)}</title><desc>{part:.0%}</desc>"
        '<rect class="track" width="100" height="8" rx="1"/>'
        f'<rect class="{style}" width="{100 * part:.2f}" height="8" rx="1"/></svg>'
    )


def _table_head(*columns: tuple[str, str]) -> str:
    """Return a table head of (title, class) pairs."""
    cells = (f'<th scope="col" class="{style}">{escape(title)}</th>' for title, style in columns)
    return f"<thead><tr>{''.join(cells)}</tr></thead>"


# -- plan, timings, spec ----------------------------------------------------------------------------------------------


def _plan_section(report: Report) -> Iterator[str]:
    lines = [_code_block("\n".join(report.planned.lines))] if report.planned.lines else []
    yield from _section("plan", tr("Plan"), [f"<p>{escape(sentences.plan_state(report))}</p>", *lines])


def _timings_section(made: Creation | None, state: str) -> Iterator[str]:
    content = [f"<p>{escape(state)}</p>"]
    if made:
        first, rest = made.resources[:MOST_TIMED], made.resources[MOST_TIMED:]
        longest = max(timed.seconds for timed in made.resources) or 1.0
        content += ['<div class="card">', *_timed_table(first, longest)]
        if rest:
            content += [f"<details><summary>{escape(tr('{count} more', count=len(rest)))}</summary>"]
            content += [*_timed_table(rest, longest), "</details>"]
        content.append("</div>")
    yield from _section("timings", tr("Timings"), content)


def _timed_table(resources: Sequence[Timed], longest: float) -> Iterator[str]:
    yield "<table>" + _table_head((tr("Resource"), "what"), (tr("Time"), "bar"), (tr("Seconds"), "number")) + "<tbody>"
    for timed in resources:
        bar = _bar(timed.seconds / longest, "fill", f"{timed.address}: {timed.seconds:.1f} s")
        yield (
            f'<tr><th scope="row">{escape(timed.address)}</th><td class="bar">{bar}</td>'
            f'<td class="number">{timed.seconds:.1f}</td></tr>'
        )
    yield "</tbody></table>"


def _spec_section(report: Report) -> Iterator[str]:
    source = report.source
    overrides = "".join(f"<li><code>--set {escape(each)}</code></li>" for each in source.overrides)
    content = [f"<p><code>{escape(source.file)}</code></p>", f"<ul>{overrides}</ul>" if overrides else ""]
    yield from _section("spec", tr("Spec"), [*filter(None, content), _code_block(source.text)])
