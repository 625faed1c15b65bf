"""A report, or the results of `verify`, as Markdown: for a repository, a chat, or a CI job's summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pltui.i18n import tr
from pltui.lab.experiments import ExperimentResult
from pltui.report import sentences
from pltui.report.markup import code_block, escape_markdown, plain_text
from pltui.report.model import Creation, Origin, Report, Results
from pltui.text import pad, width

# GitHub does not show a step's summary above 1 MiB ("Workflow commands for GitHub Actions", job summaries).
LIMIT = 2**20
COLUMNS = ("", "Experiment", "Cross-zone", "Consumer", "Expected", "Observed", "Answers", "Latency", "")
BAR = 24  # length of a full bar in cells
MOST_TIMED = 10
Zones = Mapping[int, str]
MARKS = {True: "✅", False: "❌", None: "⏸"}


def results_markdown(origin: Origin, results: Results, zones: Zones, limit: int = LIMIT) -> str:
    """Return the results of `verify` in at most `limit` bytes of UTF-8; `zones` are the provider's, by subnet."""
    blocks = [*_head_blocks(origin, results), *_experiment_blocks(results, zones)]
    return fit_blocks(blocks, limit)


def report_markdown(report: Report, limit: int = LIMIT) -> str:
    """Return the report in at most `limit` bytes of UTF-8: the most important parts come first and are cut last."""
    blocks = [
        *_head_blocks(report.origin, report.results),
        *_table(
            (tr("Cross-zone"), tr("Plan")), [(sentences.format_switch(report.switch), sentences.plan_state(report))]
        ),
        *(f"> {tr('Active faults: {what}', what=escape_markdown(fault))}" for fault in report.faults),
        _heading(tr("Topology")),
        code_block("\n".join(report.drawing)),
        *_experiment_blocks(report.results, report.zones),
        _heading(tr("Why these answers")),
        code_block("\n".join(report.explanation)),
        *_plan_blocks(report),
        *_timing_blocks(report.creation, sentences.creation_state(report)),
        _heading(tr("Spec")),
        *(f"`--set` {escape_markdown(override)}" for override in report.source.overrides),
        code_block(report.source.text, "yaml"),
    ]
    return fit_blocks(blocks, limit)


def fit_blocks(blocks: Sequence[str], limit: int) -> str:
    """Return the blocks separated by empty lines: as many of the first as fit, and the number of those left out.

    Empty if not even the note fits.
    """
    kept, room = list[str](), limit
    for number, block in enumerate(blocks):
        left = len(blocks) - number
        note = tr("*Cut to {limit:,} bytes; sections left out: {count}*", limit=limit, count=left)
        size = len(block.encode()) + 2
        if size + (len(note.encode()) + 2 if left > 1 else 0) > room:
            kept.append(note)
            break
        kept.append(block)
        room -= size
    text = "\n\n".join(kept) + "\n"
    return text if len(text.encode()) <= limit else ""


def _head_blocks(origin: Origin, results: Results) -> Iterator[str]:
    badge = f"{MARKS[results.success]} {sentences.badge(results.success)}"
    yield f"## {escape_markdown(origin.lab)}: {badge}"
    yield escape_markdown(sentences.outcome(results))
    facts = sentences.facts(origin)
    yield from _table([label for label, _ in facts], [[value for _, value in facts]])


def _experiment_blocks(results: Results, zones: Zones) -> Iterator[str]:
    if not results.verdicts:
        return
    yield _heading(tr("Experiments"))
    yield from _table(
        [tr(column) if column else "" for column in COLUMNS],
        [row for v in results.verdicts for row in _verdict_rows(v)],
    )
    yield code_block("\n".join(line for verdict in results.verdicts for line in _bar_lines(verdict, zones)))
    failures = [line for verdict in results.verdicts for line in _failure_lines(verdict)]
    if failures:
        yield f"### {tr('Failed requests')}"
        yield "\n".join(failures)


def _verdict_rows(verdict: ExperimentResult) -> Iterator[Sequence[str]]:
    experiment = verdict.experiment
    for consumer, sample in verdict.samples.items():
        yield (
            f"{MARKS[verdict.fits(consumer)]} {sentences.badge(verdict.fits(consumer))}",
            experiment.name,
            sentences.on_off(experiment.cross_zone),
            consumer,
            sentences.format_subnets(experiment.answered_by[consumer]),
            sentences.format_subnets(sample.counts),
            sentences.format_answers(sample),
            sentences.format_latency(sample),
            sentences.format_effect(verdict.took),
        )


def _bar_lines(verdict: ExperimentResult, zones: Zones) -> Iterator[str]:
    yield sentences.heading(verdict)
    for consumer, sample in verdict.samples.items():
        expected = set(verdict.experiment.answered_by[consumer])
        shown = sentences.shown_subnets(sample, expected, zones)
        names = [f"{sentences.format_subnets([subnet])}  {plain_text(zones.get(subnet, ''))}" for subnet in shown]
        wide = max(map(width, names))
        yield f"  {consumer}"
        for subnet, name in zip(shown, names, strict=True):
            count = sample.counts.get(subnet, 0)
            part = sentences.share(count, sample)
            mark = tr("expected") if subnet in expected else ""
            yield f"    {pad(name, wide)}  {_bar(part)} {count:>5} {part:>5.0%}  {mark}".rstrip()


def _bar(part: float) -> str:
    full = round(part * BAR)
    return "█" * full + "░" * (BAR - full)


def _failure_lines(verdict: ExperimentResult) -> Iterator[str]:
    for consumer, sample in verdict.samples.items():
        for why, count in sample.failures.items():
            who = f"{sentences.heading(verdict)}, {consumer}"
            told = tr("{who}: {count} of {sent} failed: {why}", who=who, count=count, sent=sample.sent, why=why)
            yield f"- {escape_markdown(told)}"


def _plan_blocks(report: Report) -> Iterator[str]:
    yield _heading(tr("Plan"))
    yield escape_markdown(sentences.plan_state(report))
    if report.planned.lines:
        yield code_block("\n".join(report.planned.lines), "diff")


def _timing_blocks(made: Creation | None, state: str) -> Iterator[str]:
    yield _heading(tr("Timings"))
    yield escape_markdown(state)
    if made is None:
        return
    longest = max(timed.seconds for timed in made.resources) or 1.0
    rows = [(timed.address, f"{timed.seconds:.1f} s", _bar(timed.seconds / longest)) for timed in made.resources]
    columns = (tr("Resource"), tr("Seconds"), "")
    yield from _table(columns, rows[:MOST_TIMED])
    if rest := rows[MOST_TIMED:]:
        summary = f"<details><summary>{tr('{count} more', count=len(rest))}</summary>"
        yield "\n\n".join((summary, *_table(columns, rest), "</details>"))


def _heading(text: str) -> str:
    return f"## {text}"


def _table(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    head = [f"| {' | '.join(columns)} |", "|" + " --- |" * len(columns)]
    yield "\n".join([*head, *(f"| {' | '.join(map(escape_markdown, row))} |" for row in rows)])
