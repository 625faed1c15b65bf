"""Review of a plan before its execution: exactly the plan that is approved here is executed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Footer, Input, Label, Static

from pltui.cost import money
from pltui.cost.prices import Bill, Cost
from pltui.engine.plan import Plan
from pltui.engine.serialize import MARKS, counts
from pltui.i18n import tr
from pltui.spec.model import Spec
from pltui.text import clean
from pltui.tui.screens.base import TranslatedScreen
from pltui.tui.theming import theme
from pltui.tui.widgets.steps import COLOURS, Steps, lines

WORDS = {
    "create": "{count} to create",
    "update": "{count} to change",
    "replace": "{count} to replace",
    "delete": "{count} to delete",
}
FRAME = 5  # rows: the border, the steps' margins, and the footer


@dataclass(frozen=True, slots=True)
class ReviewSubject:
    """The run under review, and its target."""

    verb: str  # reconcile or destroy
    spec: Spec
    real: bool  # on real AWS
    where: str  # account and region, for people

    @property
    def lab(self) -> str:
        """The lab's name."""
        return self.spec.name


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan with its cost. `careful`: a single key does not approve it. `note` is the reason for a repeated review."""

    plan: Plan
    bill: Bill
    careful: bool
    note: str = ""


class Review(TranslatedScreen, ModalScreen[bool]):
    """Dismissed with True once the plan shown is approved, which is impossible before one is shown."""

    CSS_PATH: ClassVar[list[str]] = ["review.tcss", "../widgets/steps.tcss"]  # type: ignore[assignment]
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "yes", id="review.yes", tooltip="Apply this plan"),
        Binding("n,escape", "dismiss(False)", "no", id="review.no", tooltip="Cancel"),
        Binding("up,k", "scroll('up')", "up", show=False, id="review.up", tooltip="A line up"),
        Binding("down,j", "scroll('down')", "down", show=False, id="review.down", tooltip="A line down"),
        Binding("pageup", "scroll('page_up')", "page up", show=False, id="review.page_up", tooltip="A page up"),
        Binding(
            "pagedown", "scroll('page_down')", "page down", show=False, id="review.page_down", tooltip="A page down"
        ),
        Binding("home", "scroll('home')", "top", show=False, id="review.top", tooltip="To the first step"),
        Binding("end", "scroll('end')", "bottom", show=False, id="review.bottom", tooltip="To the last step"),
        Binding("q", "app.quit", "quit", id="review.quit", tooltip="Quit; nothing is changed"),
    ]

    def __init__(self, subject: ReviewSubject, *, typing: bool = False) -> None:
        """With `typing` the lab's name has to be typed for any plan."""
        super().__init__(classes="-real" if subject.real else "")
        self._subject = subject
        self._typing = typing
        self._proposal: Proposal | None = None
        self._composed = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as panel:
            panel.border_title = Text(clean(self._title())).markup
            panel.border_subtitle = Text(tr("up and down to scroll")).markup
            yield Label("", id="note", markup=False)
            yield Static(tr("Reading the current state…"), id="counts", markup=False)
            yield Static("", id="cost", markup=False)
            yield Steps(id="steps")
            yield Label("", id="ask", markup=False)
            yield Input(compact=True, id="name")
            with Horizontal(id="choice"):
                yield Button(tr("Cancel"), id="no", compact=True)
                yield Button(tr("Apply"), id="yes", compact=True, disabled=True)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self._composed = bool(self.query("#name"))  # False if it was closed before it was composed
        if self._composed:
            self._show()

    def _title(self) -> str:
        place = tr("REAL AWS") if self._subject.real else tr("the sandbox")
        what = tr("Destroy {lab} on {place}") if self._subject.verb == "destroy" else tr("Reconcile {lab} on {place}")
        return what.format(lab=self._subject.lab, place=place) + f" · {self._subject.where}"

    # -- showing --------------------------------------------------------------------------------------------------

    def show(self, proposal: Proposal) -> None:
        """Show this plan for approval; also before the screen is composed."""
        self._proposal = proposal
        self._typing = self._typing or proposal.careful
        if self._composed:
            self._show()

    def _show(self) -> None:
        if proposal := self._proposal:
            self._tell(proposal)
        self._ask()
        self.call_after_refresh(self._fit)

    def on_resize(self) -> None:
        if self._composed:
            self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Give the steps the height that the rest leaves: they scroll, and the question is always visible."""
        steps = self.query_one(Steps)
        others = sum(each.outer_size.height for each in self.query_one(".panel").children if each is not steps)
        steps.styles.max_height = max(1, self.size.height * 9 // 10 - others - FRAME)

    def _tell(self, proposal: Proposal) -> None:
        note = self.query_one("#note", Label)
        note.update(clean(proposal.note))
        note.display = bool(proposal.note)
        self.query_one("#counts", Static).update(self._counts(proposal.plan))
        self.query_one("#cost", Static).update(self._cost(proposal.bill))
        self.query_one(Steps).show(lines(proposal.plan, self._subject.spec))

    def _counts(self, plan: Plan) -> Text:
        text = Text()
        for action, count in counts(plan).items():
            if count:
                style = theme.style(self.app, COLOURS[action], bold=True)
                text.append("   " if text else "").append(f"{MARKS[action]} ", style)
                text.append(tr(WORDS[action], count=count), theme.style(self.app, "foreground", bold=True))
        return text or Text(tr("Nothing to change."))

    def _cost(self, bill: Bill) -> Text:
        after = Cost() if self._subject.verb == "destroy" else bill.wanted
        faint = theme.style(self.app, "faint")
        text = Text()
        if not self._subject.real:
            text.append(tr("free on the sandbox; on AWS"), faint).append(" ")
        rates = list(dict.fromkeys((money.format_rate(bill.now), money.format_rate(after))))
        text.append(" → ".join(rates), theme.style(self.app, "foreground", bold=True))
        if monthly := after.monthly:
            text.append("  ").append(tr("and {usd} USD a month for hosted zones", usd=f"{monthly:.2f}"), faint)
        if unpriced := money.missing_prices(after):
            text.append("  ").append(clean(unpriced), theme.style(self.app, "warning", bold=True))
        return text.append("\n").append(money.price_source(bill), faint)

    def _ask(self) -> None:
        """Ask for a key or button, or for the lab's name."""
        name, yes = self.query_one("#name", Input), self.query_one("#yes", Button)
        name.display, name.disabled = self._typing, not self._typing
        self.query_one("#ask", Label).update(self._question())
        yes.disabled = self._proposal is None or (self._typing and name.value != self._subject.lab)
        focus = name if self._typing else self.query_one("#no", Button)
        if self.focused is None or (self._typing and self.focused is not name):
            focus.focus()
        self.refresh_bindings()

    def _question(self) -> str:
        if self._typing:
            return tr("Type {lab} and press enter to confirm:", lab=clean(self._subject.lab))
        return tr("y apply · n cancel")

    # -- answering ------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable letters as keys while a name is typed."""
        if action == "agree":
            return self._proposal is not None and not self._typing
        return not (self._typing and action == "quit")

    def action_agree(self) -> None:
        """Approve the plan."""
        if self._proposal is not None:
            self.dismiss(True)

    def action_scroll(self, where: str) -> None:
        """Scroll the steps."""
        steps = self.query_one(Steps)
        {
            "up": steps.scroll_up,
            "down": steps.scroll_down,
            "page_up": steps.scroll_page_up,
            "page_down": steps.scroll_page_down,
            "home": steps.scroll_home,
            "end": steps.scroll_end,
        }[where](animate=False)

    def on_input_changed(self) -> None:
        """Enable the button once the name matches."""
        self._ask()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Approve the plan if the name matches."""
        if event.value != self._subject.lab:
            wrong = tr("That is not {lab}. Nothing was changed.", lab=self._subject.lab)
            self.query_one("#ask", Label).update(clean(wrong))
        elif self._proposal is None:
            self.query_one("#ask", Label).update(tr("Please wait: the plan is not ready yet."))
        else:
            self.dismiss(True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Approve or decline."""
        self.dismiss(event.button.id == "yes")
