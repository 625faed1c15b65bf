"""Commands on the lab itself: converge, switch, destroy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.text import Text

from pltui.snapshot import Condition
from pltui.tui.command import Command
from pltui.tui.screens.confirm import Confirm, TypeName
from pltui.tui.screens.panel import Panel, plain
from pltui.tui.widgets.header import on_off
from pltui.words import tr

if TYPE_CHECKING:
    from pltui.tui.app import LabApp


def cross_zone(app: LabApp) -> None:
    if app.facts.observed is None:
        app.tell(tr("There is no load balancer yet, so there is no switch to flip."))
        return
    wish = not app.facts.observed
    question = tr("Turn cross-zone load balancing {state} on {name}?", state=on_off(wish), name=app.facts.load_balancer)
    _asking(app, question, lambda: app.work.flip(wish))


def reconcile(app: LabApp) -> None:
    rows = app.world.wanted
    absent = sum(row.condition is Condition.ABSENT for row in rows)
    question = tr(
        "Reconcile the lab {lab}? {absent} of {count} resources do not exist and will be created; what differs will "
        "be changed. Some of them cost money as long as they exist.",
        lab=app.facts.lab,
        absent=absent,
        count=len(rows),
    )
    _asking(app, question, app.work.reconcile)


def _asking(app: LabApp, question: str, then: Callable[[], None]) -> None:
    """Straight away on the sandbox; on a real account only after a yes."""
    if app.session.target != "aws":
        then()
        return
    title = tr("This writes to REAL AWS, region {region}", region=app.session.region)
    app.push_screen(Confirm(title, question), lambda yes: then() if yes else None)


def destroy(app: LabApp) -> None:
    count = sum(bool(row.id) or row.condition is Condition.READY for row in app.world.rows.values())
    where = "REAL AWS" if app.session.target == "aws" else tr("the sandbox")
    name = app.session.spec.name
    app.push_screen(TypeName(name, where, count), lambda yes: app.work.destroy() if yes else None)


def explain(app: LabApp) -> None:
    panel = Panel(tr("The path of a request"), Text(tr("Asking…")))
    app.push_screen(panel)
    app.work.explain(lambda text: panel.show(plain(text)))


def write_back(app: LabApp) -> None:
    app.work.write_back()


COMMANDS = (
    Command(
        "lab.cross_zone",
        "x",
        "cross-zone",
        "Flip cross-zone load balancing; watch who answers",
        "Lab",
        cross_zone,
        live=True,
    ),
    Command(
        "lab.reconcile",
        "r",
        "reconcile",
        "Make the lab what the spec says, undoing overrides",
        "Lab",
        reconcile,
        live=True,
    ),
    Command(
        "lab.explain",
        "e",
        "explain",
        "Tell a request's path hop by hop, and what blocks it",
        "Lab",
        explain,
        live=True,
    ),
    Command("lab.write", "w", "write to spec", "Write the switch into the spec's file", "Lab", write_back, live=True),
    Command("lab.destroy", "D", "destroy", "Remove this lab's resources; asks for its name", "Lab", destroy, live=True),
)
