"""What somebody agreed to, and a run that does just that: the plan shown is the plan carried out."""

from __future__ import annotations

from dataclasses import dataclass

from pltui.engine.model import Op
from pltui.engine.plan import Plan
from pltui.errors import NotApproved
from pltui.i18n import Phrase
from pltui.lab.plan_file import Approved


class PlanChangedError(NotApproved):  # the name of an outcome
    """The world is not as it was when somebody agreed; `plan` is what it would come to now. Nothing was written."""

    def __init__(self, message: str, plan: Plan) -> None:
        super().__init__(message, Phrase("look at the new plan"))
        self.plan = plan


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """Agreed to this plan as it is, and to what may follow from it. A `Review` of a run."""

    plan: Plan

    def __call__(self, plan: Plan, first: bool) -> None:
        """Raises Moved where, before anything is done, the plan has become another one.

        Raises Refused where a later pass would do what nobody agreed to.
        """
        try:
            Approved.of(self.plan).check(plan, first)
        except NotApproved as moved:
            if first:
                raise PlanChangedError(moved.message, plan) from moved
            raise


def anything_but_deletions(plan: Plan, first: bool) -> None:
    """A `Review` for where nobody was asked: raises Moved before anything would be deleted or replaced.

    What later passes delete, the run made itself and it failed, or was made twice.
    """
    if first and deletes(plan):
        raise PlanChangedError(Phrase("something would be deleted"), plan)


def deletes(plan: Plan) -> bool:
    """Whether it removes anything, be it to make it anew."""
    return any(step.op is Op.DELETE for step in plan.steps)
