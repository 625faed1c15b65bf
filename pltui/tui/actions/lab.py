"""Actions on the lab itself: converge, switch, destroy."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from pltui.i18n import tr
from pltui.tui.actions.action import Action, ActionTarget
from pltui.tui.screens.confirm import Confirm
from pltui.tui.screens.panel import Panel, plain
from pltui.tui.widgets.header import on_off


def unless_read_only(run: Callable[[ActionTarget], None]) -> Callable[[ActionTarget], None]:
    """Return `run` run_if_writable against read-only sessions."""

    def run_if_writable(app: ActionTarget) -> None:
        if app.session.read_only:
            app.tell(tr("Refused: --read-only does not allow changes."))
        else:
            run(app)

    return run_if_writable


def cross_zone(app: ActionTarget) -> None:
    """Flip the switch; on AWS only after a confirmation."""
    if app.facts.observed is None:
        app.tell(tr("There is no load balancer yet, so cross-zone cannot be switched."))
        return
    wish = not app.facts.observed
    if app.session.target != "aws":
        app.work.flip(wish)
        return
    title = tr("This writes to REAL AWS, region {region}", region=app.session.region)
    question = tr("Turn cross-zone load balancing {state} on {name}?", state=on_off(wish), name=app.facts.load_balancer)
    app.push_screen(Confirm(title, question), lambda yes: app.work.flip(wish) if yes else None)


def reconcile(app: ActionTarget) -> None:
    """Offer a declined spec again, or else converge the lab."""
    if app.spec_watch and app.spec_watch.again():
        return
    app.work.reconcile()


def destroy(app: ActionTarget) -> None:
    """Delete the lab after approval."""
    app.work.destroy()


def explain(app: ActionTarget) -> None:
    """Open a panel that explains the path of a request."""
    if not app.work.is_open:
        app.tell(tr("The lab is not open yet."))
        return
    from pltui.tui.rendering.explanation import ExplanationPanel

    panel = Panel(tr("The path of a request"), Text(tr("Asking…")))
    app.push_screen(panel)
    app.work.explain(lambda found: panel.show(ExplanationPanel(panel.app, found)), lambda why: panel.show(plain(why)))


def write_back(app: ActionTarget) -> None:
    """Write the observed setting into the spec's file."""
    app.work.write_back()


ACTIONS = (
    Action(
        "lab.cross_zone",
        "x",
        "cross-zone",
        "Switch cross-zone load balancing and watch which subnets answer",
        "Lab",
        unless_read_only(cross_zone),
        live=True,
    ),
    Action(
        "lab.reconcile",
        "r",
        "reconcile",
        "Apply the spec to the lab, undoing overrides",
        "Lab",
        unless_read_only(reconcile),
        live=True,
    ),
    Action(
        "lab.explain",
        "e",
        "explain",
        "Show the path of a request hop by hop, and what blocks it",
        "Lab",
        explain,
        live=True,
    ),
    Action(
        "lab.write",
        "w",
        "write to spec",
        "Write the switch to the spec file",
        "Lab",
        unless_read_only(write_back),
        live=True,
    ),
    Action(
        "lab.destroy",
        "D",
        "destroy",
        "Destroy the lab's resources (asks for its name)",
        "Lab",
        unless_read_only(destroy),
        live=True,
    ),
)
