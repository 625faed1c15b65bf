"""Builds one report of one lab from one run: experiments first, then the resources and the paths of requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pltui import topology
from pltui.engine.events import Event
from pltui.engine.serialize import plan_counts, plan_document, plan_lines
from pltui.errors import LabError, Refused
from pltui.explain import text as explain_text
from pltui.explain.explanation import explain
from pltui.i18n import Phrase
from pltui.lab.experiments import ExperimentResult, verify
from pltui.lab.runner import Review
from pltui.lab.session import Lab
from pltui.report.model import Planned, Report, Results, Source, Switch, Trouble
from pltui.report.origin import origin
from pltui.report.timings import creation
from pltui.view.diagram import cells
from pltui.view.diagram.model import Scene
from pltui.view.diagram.scene import scene
from pltui.view.diagram.svg import svg
from pltui.view.lab_snapshot import LabSnapshot, fold

READ_ONLY = Phrase("--read-only does not allow switching")
COLUMNS = 110  # width of the drawing: pages show code of this width
LEFT_OUT = Phrase("--no-experiments was given")
NONE_DECLARED = Phrase("the spec declares none")


async def collect(
    lab: Lab,
    text: str,
    via: str,
    say: Callable[[str], None],
    *,
    experiments: bool = True,
    review: Review | None = None,
) -> Report:
    """Run the lab's experiments as `verify` does, unless they are left out, and collect everything for a report.

    `text`: the lab's spec, as read for this run. `review` receives the plan of the run that converges the lab first.
    Obstacles to converging are part of the report.

    Raises:
        LabError: If the lab cannot be observed, was refused (exit code 4), or a stop was requested (130).
    """
    watching = _Watching(LabSnapshot().with_desired(lab.all_desired))
    with lab.feed.subscription(watching.hear):
        results = await run_experiments(lab, via, say, skipped=_why_not(lab, experiments), review=review)
        say(Phrase("reading the current state, and why it answers as it does"))
        planned = await _read_plan(lab)
        explained = await explain(lab)
    drawn = scene(lab.spec, watching.world, explained)
    return Report(
        origin=await origin(lab),
        switch=_switch_state(lab),
        zones=topology.server_zones(lab.all_desired),
        results=results,
        planned=planned,
        explained=explained,
        explanation=tuple(explain_text.lines(explained)),
        source=Source(lab.path.rpartition("/")[2], text, lab.settings.overrides),
        rows=tuple(watching.world.rows.values()),
        picture=svg(drawn),
        drawing=_drawing_lines(drawn),
        creation=await asyncio.to_thread(creation, lab.spec.name, lab.target, lab.region),
        faults=await lab.faults(),
    )


async def run_experiments(
    lab: Lab, via: str, say: Callable[[str], None], *, skipped: str = "", review: Review | None = None
) -> Results:
    """Run the experiments; return their results, which include a failure.

    Raises:
        LabError: For anything but a failure: usage, a refusal, a stop.
    """
    declared, verdicts = len(lab.spec.experiments), list[ExperimentResult]()
    if skipped:
        return Results(declared, skipped=skipped)
    try:
        await verify(lab, via, say, verdicts.append, review=review)
    except LabError as error:
        if error.code != 1:
            raise
        return Results(declared, tuple(verdicts), Trouble(error.message, error.hint))
    return Results(declared, tuple(verdicts))


class _Watching:
    """The lab's snapshot, updated from its feed."""

    def __init__(self, world: LabSnapshot) -> None:
        self.world = world

    def hear(self, event: Event) -> None:
        """Fold an event into the snapshot."""
        self.world = fold(self.world, event)


def _why_not(lab: Lab, experiments: bool) -> str:
    """Return the reason why no experiment is run; empty if they are."""
    if not experiments:
        return LEFT_OUT
    if lab.settings.read_only:
        return READ_ONLY
    return "" if lab.spec.experiments else NONE_DECLARED


def _drawing_lines(drawn: Scene) -> tuple[str, ...]:
    """Return the diagram in lines of text, without empty lines around it."""
    rows = 16 + 10 * len(drawn.consumers)
    lines = ["".join(run.text for run in line).rstrip() for line in cells.draw(drawn, COLUMNS, rows).lines]
    there = [number for number, line in enumerate(lines) if line]
    return tuple(lines[there[0] : there[-1] + 1]) if there else ()


async def _read_plan(lab: Lab) -> Planned:
    try:
        plan = await lab.plan()
    except Refused as error:  # a foreign resource prevents a plan, but the report is possible without one
        return Planned({}, trouble=Trouble(error.message, error.hint))
    return Planned(plan_document(plan), tuple(plan_lines(plan)), plan_counts(plan))


def _switch_state(lab: Lab) -> Switch:
    balancer = next((item for item in lab.observed if item.address == topology.LOAD_BALANCER), None)
    return Switch(lab.spec.provider.load_balancer.cross_zone, balancer.spec.get("cross_zone") if balancer else None)
