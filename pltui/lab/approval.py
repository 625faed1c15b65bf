"""Approval of a plan, and a check that the executed plan equals it."""

from __future__ import annotations

from dataclasses import dataclass

from pltui.engine.model import Op
from pltui.engine.plan import Plan
from pltui.errors import NotApproved
from pltui.i18n import Phrase
from pltui.lab.plan_file import Approved


class PlanChangedError(NotApproved):  # the name of an outcome
    """The plan differs from the approved one; `plan` is the current one. Nothing was written."""

    def __init__(self, message: str, plan: Plan) -> None:
        super().__init__(message, Phrase("review the new plan"))
        self.plan = plan


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """An approved plan, and what may follow from it. A `Review` of a run."""

    plan: Plan

    def __call__(self, plan: Plan, first: bool) -> None:
        """Compare a plan of the run with the approved one.

        Raises:
            PlanChangedError: If the plan has changed before anything is done.
            NotApproved: If a later pass would do something that was not approved.
        """
        try:
            Approved.of(self.plan).check(plan, first)
        except NotApproved as moved:
            if first:
                raise PlanChangedError(moved.message, plan) from moved
            raise


def anything_but_deletions(plan: Plan, first: bool) -> None:
    """Reject deletions and replacements; a `Review` for runs that were not confirmed.

    Later passes may delete: only what the run itself created and what then failed or was created twice.

    Raises:
        PlanChangedError: If the first plan would delete or replace something.
    """
    if first and deletes(plan):
        raise PlanChangedError(Phrase("something would be deleted"), plan)


def deletes(plan: Plan) -> bool:
    """Return True if the plan removes anything, replacements included."""
    return any(step.op is Op.DELETE for step in plan.steps)
