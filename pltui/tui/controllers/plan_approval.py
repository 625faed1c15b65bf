"""Runs that change the lab, and their approval by the user."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from pltui.engine.outcome import Outcome
from pltui.engine.plan import Plan
from pltui.i18n import tr
from pltui.lab.approval import ApprovedPlan, PlanChangedError, anything_but_deletions, deletes
from pltui.lab.runner import Review as Check
from pltui.spec.model import Spec
from pltui.text import clean
from pltui.topology import naming

if TYPE_CHECKING:
    from pltui.tui.presenter import DialogPresenter
    from pltui.tui.screens.review import Review


class LabRun(Protocol):
    """A run that takes a review of its plan."""

    def __call__(self, *, review: Check | None = None) -> Awaitable[Outcome]: ...


class ReviewedRuns:
    """On the sandbox, creations and updates run at once; everything else needs the user's approval."""

    def __init__(self, app: DialogPresenter) -> None:
        self._app, self._session = app, app.session

    async def reconcile(self, *, keep_switch: bool = False) -> Outcome | None:
        """Converge the lab; None if the user declined."""

        def run(*, review: Check | None = None) -> Awaitable[Outcome]:
            return self._session.reconcile(keep_switch=keep_switch, review=review)

        if self._session.target == "aws":
            return await self._run_reviewed_plan("reconcile", self._session.plan, run)
        try:
            return await run(review=anything_but_deletions)
        except PlanChangedError as moved:
            return await self._run_reviewed_plan("reconcile", _return_plan(moved.plan), run)

    async def adopt(self, spec: Spec, begins: Callable[[], None], *, asking: bool) -> Outcome | None:
        """Put `spec` in force and converge the lab; if the user declines, restore the old spec and return None.

        `begins` is called once the spec is in force. Without `asking`, an override of the switch is kept if both specs
        have the same value for it.
        """
        before = self._session.spec
        holds = False

        def hold() -> None:
            nonlocal holds
            if not holds:
                holds = True
                begins()

        async def run(*, review: Check | None = None) -> Outcome:
            same = before.provider.load_balancer.cross_zone == spec.provider.load_balancer.cross_zone
            outcome = await self._session.reconcile(keep_switch=same and not asking, review=_review_then(review, hold))
            hold()  # also if there was no plan to review
            return outcome

        # In force at once, because its plan and cost are computed from it; no other work runs meanwhile.
        self._session.take(spec)
        try:
            if not asking:
                return await run()
            return await self._run_reviewed_plan(
                "reconcile", self._session.plan, run, tr("Your saved spec changes this:")
            )
        finally:
            if not holds:
                self._session.take(before)

    async def destroy(self, begins: Callable[[], None]) -> Outcome | None:
        """Delete the lab; None if the user declined. `begins` is called after the approval."""
        removing = False

        async def look() -> Plan:
            nonlocal removing
            plan = await self._session.plan(destroy=True, remove_guardduty=True)
            managed = [step.observed.id for step in plan.changes if naming.is_guardduty(step.address) and step.observed]
            removing = bool(managed) and await self._may_remove_guardduty(managed)
            return plan if removing or not managed else await self._session.plan(destroy=True)

        def run(*, review: Check | None = None) -> Awaitable[Outcome]:
            return self._session.destroy(review=_review_then(review, begins), remove_guardduty=removing)

        return await self._run_reviewed_plan("destroy", look, run)

    async def _may_remove_guardduty(self, ids: Sequence[str]) -> bool:
        """Ask whether objects that belong to GuardDuty, not to the lab, are to be deleted too."""
        from pltui.tui.screens.confirm import Confirm

        text = tr(
            "GuardDuty placed {ids} in the lab's VPCs. They keep the VPCs from being deleted. Remove them too?",
            ids=", ".join(ids),
        )
        question = Confirm(tr("GuardDuty's objects"), text)
        answer = self._app.push_screen(question, wait_for_dismiss=True)
        return await answer

    async def _run_reviewed_plan(
        self, verb: str, look: Callable[[], Awaitable[Plan]], run: LabRun, note: str = ""
    ) -> Outcome | None:
        """Execute the plan of `look` once it is approved; ask again if the observed state has changed since."""
        from pltui.tui.screens.review import Proposal

        plan = None
        while True:
            screen = self._review_screen(verb)
            answer = self._app.push_screen(screen, wait_for_dismiss=True)
            try:
                plan = plan or await look()
                bill = await self._session.bill()
            except BaseException:
                screen.close()
                raise
            if answer.done():  # closed before there was a plan to approve
                return None
            if not plan.changes:
                screen.close()
                return await run(review=ApprovedPlan(plan))
            notes = [note, *(clean(tr(about)) for about in plan.notes)]
            screen.show(Proposal(plan, bill, self._needs_care(verb, plan), "\n".join(filter(None, notes))))
            self._app.show_doing(tr("waiting for your confirmation"))
            if not await answer:
                return None
            self._app.show_doing(self._app.work.busy)
            try:
                return await run(review=ApprovedPlan(plan))
            except PlanChangedError as moved:
                plan = moved.plan
                note = tr("Nothing was changed: {why}. This is the current plan.", why=clean(tr(moved.message)))

    def _review_screen(self, verb: str) -> Review:
        from pltui.tui.screens.review import Review, ReviewSubject

        facts = self._app.facts
        where = " · ".join(filter(None, (facts.account, facts.region)))
        subject = ReviewSubject(verb, self._session.spec, self._session.target == "aws", where)
        return Review(subject, typing=verb == "destroy")

    def _needs_care(self, verb: str, plan: Plan) -> bool:
        """True for plans that cannot be undone: their approval takes more than a key."""
        return verb == "destroy" or bool(plan.notes) or (self._session.target == "aws" and deletes(plan))


def _return_plan(plan: Plan) -> Callable[[], Awaitable[Plan]]:
    async def look() -> Plan:
        return plan

    return look


def _review_then(review: Check | None, begins: Callable[[], None]) -> Check:
    """Return a review that calls `review` and, if the first plan passes, `begins`."""

    def check(plan: Plan, first: bool) -> None:
        if review:
            review(plan, first)
        if first:
            begins()

    return check
