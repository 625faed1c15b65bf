"""Sentences shared by the forms of a report for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pltui.i18n import tr
from pltui.lab.experiments import ExperimentResult, Sample
from pltui.report.model import Origin, Report, Results, Switch, Trouble

BADGES = {True: "PASS", False: "FAIL", None: "NOT RUN"}
SWITCH = {True: "on", False: "off", None: "unknown"}
TARGETS = {"sandbox": "sandbox", "aws": "real AWS"}


def badge(passed: bool | None) -> str:
    """Return PASS, FAIL or NOT RUN, translated."""
    return tr(BADGES[passed])


def on_off(value: bool | None) -> str:
    """Return the translated state of the switch."""
    return tr(SWITCH[value])


def outcome(results: Results) -> str:
    """Return the result of all experiments in a sentence."""
    if results.trouble:
        return tr("The experiments ended early: {why}", why=format_trouble(results.trouble))
    if not results.verdicts:
        return tr("No experiment was run: {why}.", why=tr(results.skipped))
    return tr("{passed} of {declared} experiments as expected.", passed=results.passes, declared=results.declared)


def format_trouble(trouble: Trouble) -> str:
    """Return a trouble with its hint in parentheses."""
    return f"{trouble.message} ({trouble.hint})" if trouble.hint else trouble.message


def facts(origin: Origin) -> list[tuple[str, str]]:
    """Return (label, value) pairs for the head of a report."""
    target = tr(TARGETS.get(origin.target, origin.target))
    if origin.endpoint:  # may be any implementation of AWS's API
        target = tr("{target} by way of {endpoint}", target=origin.target, endpoint=origin.endpoint)
    if origin.speed:
        target = tr("{target}, speed {speed}", target=target, speed=origin.speed)
    return [
        (tr("Target"), target),
        *([(tr("Account"), origin.account)] if origin.account else []),
        (tr("Region"), origin.region),
        (tr("Date"), format_moment(origin.at)),
        (tr("Versions"), ", ".join(f"{part} {version}" for part, version in origin.versions.items())),
    ]


def format_moment(at: str) -> str:
    """Return an RFC 3339 time for people, to the second."""
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M:%S} UTC"


def format_switch(found: Switch) -> str:
    """Return desired and observed setting of the switch."""
    return tr("spec {wanted}, live {observed}", wanted=on_off(found.wanted), observed=on_off(found.observed))


def format_subnets(numbers: Iterable[int]) -> str:
    """Return subnets by their sorted numbers, or a word for none."""
    listed = sorted(numbers)
    return tr("Subnet {numbers}", numbers=", ".join(map(str, listed))) if listed else tr("none")


def heading(verdict: ExperimentResult) -> str:
    """Return a title such as `zonal (cross-zone off)`."""
    return tr(
        "{name} (cross-zone {switch})", name=verdict.experiment.name, switch=on_off(verdict.experiment.cross_zone)
    )


def format_effect(took: float | None) -> str:
    """Return the time until the answers came from the expected subnets."""
    return tr("never as expected") if took is None else tr("as expected after {seconds:.1f} s", seconds=took)


def format_answers(sample: Sample) -> str:
    """Return the number of answers and of requests."""
    return tr("{answered} of {sent} answered", answered=sum(sample.counts.values()), sent=sample.sent)


def format_latency(sample: Sample) -> str:
    """Return the percentiles of the latency; "-" without answers."""
    if sample.latency_ms is None:
        return "-"
    return " · ".join(f"{name} {value:.1f} ms" for name, value in sample.latency_ms.items())


def share(count: int, sample: Sample) -> float:
    """Return the share of all answers, 0 to 1."""
    return count / (sum(sample.counts.values()) or 1)


def shown_subnets(sample: Sample, expected: Iterable[int], known: Iterable[int]) -> list[int]:
    """Return the provider's subnets (`known`) and all others that answered or were expected to, sorted."""
    return sorted({*known, *sample.counts, *expected})


def plan_state(report: Report) -> str:
    """Return the plan in a sentence, or the reason why there is none."""
    if report.planned.trouble:
        return tr("There is no plan: {why}", why=format_trouble(report.planned.trouble))
    waits = len(report.planned.document["waits"])
    working = tr("{count} not ready yet", count=waits) if waits else ""
    return ", ".join(filter(None, (tr(report.planned.counts), working)))


def creation_state(report: Report) -> str:
    """Return a sentence about the recorded run that created the lab."""
    made = report.creation
    if made is None:
        return tr("No recorded run of this lab has created anything.")
    seconds = f" ({made.seconds:.1f} s)" if made.seconds is not None else ""
    return (
        tr("As recorded at {at}: {count} resources created", at=format_moment(made.at), count=len(made.resources))
        + seconds
    )
