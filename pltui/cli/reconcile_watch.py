"""`reconcile --watch`: observe periodically, report drift, and reconcile it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pltui.cli.exit_codes import FAILED, INTERRUPTED, REFUSED
from pltui.cli.lab_command import conclude
from pltui.cli.output import Output
from pltui.cli.remaining import remaining
from pltui.engine.attempts import Attempts
from pltui.engine.model import Step
from pltui.errors import LabError, Locked, NotApproved
from pltui.i18n import tr

if TYPE_CHECKING:
    from pltui.engine.outcome import Outcome
    from pltui.lab.runner import Review
    from pltui.lab.session import Lab

# Seconds between two observations: short after a change, longer while nothing changes.
SHORTEST, LONGEST = 5.0, 60.0


async def watch(lab: Lab, out: Output, review: Review | None = None) -> int:
    """Keep the lab converged until interrupted.

    A failed run or observation is repeated, with growing pauses. The watch ends with a refusal before the lab was ever
    converged, and with a plan that `review`, of the first run, rejects. A resource that fails again after it was
    created is not created a third time.
    """
    pause, calm, since, worked = SHORTEST, False, _utc_now(), False
    attempts = Attempts()
    while True:
        running = False
        try:
            before = {item.address: item.id for item in lab.observed}
            if calm:
                plan = await lab.plan()
                if plan.changes:
                    _report_drift(lab, out, plan.changes, before, since)
                calm = not (plan.changes or plan.unreadable or plan.withheld)
            since = _utc_now()
            if not calm:
                running = True
                outcome = await lab.reconcile(review=review, attempts=attempts)
                review, calm, worked = None, outcome.ok, worked or outcome.ok
                code = await _print_outcome(lab, out, outcome)
                if code == INTERRUPTED or (code == REFUSED and not worked):
                    return code
                pause = SHORTEST if outcome.ok and outcome.writes else pause
        except LabError as error:
            passing = error.code == FAILED or isinstance(error, Locked) or (worked and error.code == REFUSED)
            if not passing or isinstance(error, NotApproved):
                raise
            out.write_error(error)
            calm = calm and not running  # after a failed observation, the next one still reports drift
            if error.outcome is not None:
                review = None
                await _print_outcome(lab, out, error.outcome)
        if await lab.stopped_within(pause):
            return INTERRUPTED
        pause = min(pause * 2, LONGEST)


async def _print_outcome(lab: Lab, out: Output, outcome: Outcome) -> int:
    return conclude(out, outcome, "reconcile", lab.spec.name, await remaining(lab))


def _report_drift(lab: Lab, out: Output, steps: Sequence[Step], before: Mapping[str, str], since: datetime) -> None:
    """Report the drift, the time since which it arose, and the CloudTrail command that shows its author.

    `before`: ids by address.
    """
    start = since.isoformat(timespec="seconds").replace("+00:00", "Z")
    out.say(tr("{lab}: changed outside pltui since {start}:", lab=lab.spec.name, start=start))
    for step in steps:
        out.write_step(step)
        name = step.observed.id if step.observed else before.get(step.address)
        if lab.target == "aws" and name:
            command = (
                "aws cloudtrail lookup-events --lookup-attributes "
                f"AttributeKey=ResourceName,AttributeValue={name} --start-time {start} --region {lab.region}"
            )
            out.say("    " + tr("to find out by whom: {command}", command=command))


def _utc_now() -> datetime:
    return datetime.now(UTC)
