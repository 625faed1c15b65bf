"""A report, or the results of `verify`, as Markdown: for a repository, a chat, or a CI job's summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pltui.i18n import tr
from pltui.lab.experiments import Verdict
from pltui.report import sentences
from pltui.report.markup import fenced, markdown, plain
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
    blocks = [*_head(origin, results), *_experiments(results, zones)]
    return fitted(blocks, limit)


def report_markdown(report: Report, limit: int = LIMIT) -> str:
    """Return the report in at most `limit` bytes of UTF-8: the most important parts come first and are cut last."""
    blocks = [
        *_head(report.origin, report.results),
        *_table((tr("Cross-zone"), tr("Plan")), [(sentences.switch(report.switch), sentences.plan_state(report))]),
        *(f"> {tr('Broken on purpose: {what}', what=markdown(fault))}" for fault in report.faults),
        _heading(tr("Topology")),
        fenced("\n".join(report.drawing)),
        *_experiments(report.results, report.zones),
        _heading(tr("Why it answers so")),
        fenced("\n".join(report.explanation)),
        *_plan(report),
        *_creation(report.creation, sentences.creation_state(report)),
        _heading(tr("Spec")),
        *(f"`--set` {markdown(override)}" for override in report.source.overrides),
        fenced(report.source.text, "yaml"),
    ]
    return fitted(blocks, limit)


def fitted(blocks: Sequence[str], limit: int) -> str:
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


def _head(origin: Origin, results: Results) -> Iterator[str]:
    badge = f"{MARKS[results.passed]} {sentences.badge(results.passed)}"
    yield f"## {markdown(origin.lab)}: {badge}"
    yield markdown(sentences.outcome(results))
    facts = sentences.facts(origin)
    yield from _table([label for label, _ in facts], [[value for _, value in facts]])


def _experiments(results: Results, zones: Zones) -> Iterator[str]:
    if not results.verdicts:
        return
    yield _heading(tr("Experiments"))
    yield from _table(
        [tr(column) if column else "" for column in COLUMNS], [row for v in results.verdicts for row in _rows(v)]
    )
    yield fenced("\n".join(line for verdict in results.verdicts for line in _bars(verdict, zones)))
    failures = [line for verdict in results.verdicts for line in _failures(verdict)]
    if failures:
        yield f"### {tr('Failed requests')}"
        yield "\n".join(failures)


def _rows(verdict: Verdict) -> Iterator[Sequence[str]]:
    experiment = verdict.experiment
    for consumer, sample in verdict.samples.items():
        yield (
            f"{MARKS[verdict.fits(consumer)]} {sentences.badge(verdict.fits(consumer))}",
            experiment.name,
            sentences.on_off(experiment.cross_zone),
            consumer,
            sentences.subnets(experiment.answered_by[consumer]),
            sentences.subnets(sample.counts),
            sentences.answered(sample),
            sentences.latency(sample),
            sentences.effect(verdict.took),
        )


def _bars(verdict: Verdict, zones: Zones) -> Iterator[str]:
    yield sentences.heading(verdict)
    for consumer, sample in verdict.samples.items():
        expected = set(verdict.experiment.answered_by[consumer])
        shown = sentences.shown_subnets(sample, expected, zones)
        names = [f"{sentences.subnets([subnet])}  {plain(zones.get(subnet, ''))}" for subnet in shown]
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


def _failures(verdict: Verdict) -> Iterator[str]:
    for consumer, sample in verdict.samples.items():
        for why, count in sample.failures.items():
            who = f"{sentences.heading(verdict)}, {consumer}"
            told = tr("{who}: {count} of {sent} failed: {why}", who=who, count=count, sent=sample.sent, why=why)
            yield f"- {markdown(told)}"


def _plan(report: Report) -> Iterator[str]:
    yield _heading(tr("Plan"))
    yield markdown(sentences.plan_state(report))
    if report.planned.lines:
        yield fenced("\n".join(report.planned.lines), "diff")


def _creation(made: Creation | None, state: str) -> Iterator[str]:
    yield _heading(tr("Timings"))
    yield markdown(state)
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
    yield "\n".join([*head, *(f"| {' | '.join(map(markdown, row))} |" for row in rows)])
