"""The only writer to stdout, which carries results; progress and diagnostics go to stderr. All text is sanitised."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TextIO

from pltui.engine.events import (
    Event,
    RunMessage,
    StepBlocked,
    StepDone,
    StepFailed,
    StepStarted,
    StepUnknown,
    StepWaiting,
)
from pltui.engine.json_values import plain_value
from pltui.engine.model import Observed, Step, Unreadable
from pltui.engine.plan import Plan
from pltui.engine.problems import describe_unreadable
from pltui.engine.serialize import MARKS, plan_counts, plan_document, plan_lines, step_lines
from pltui.errors import LabError
from pltui.i18n import Phrase, tr
from pltui.probe.answer import Answer
from pltui.text import clean, pad

if TYPE_CHECKING:
    from pltui.cost.prices import Bill

DOING = {"create": "creating", "update": "updating", "delete": "deleting", "wait": "waiting for"}
DID = {"create": "created", "update": "updated", "delete": "deleted", "wait": "ready"}
NOT_DONE = {
    "create": "create failed: {why}",
    "update": "update failed: {why}",
    "delete": "delete failed: {why}",
    "wait": "wait failed: {why}",
}
FAILED = "failed: {why}"


class Output:
    """Writer of results and diagnostics. `verbosity`: -1 quiet, 0 normal, 1 with every event."""

    lost: ClassVar[bool] = False  # True once results could not be written; shared, as there is one standard output

    def __init__(self, *, as_json: bool = False, verbosity: int = 0) -> None:
        self.as_json, self._verbosity = as_json, verbosity

    # -- results --------------------------------------------------------------------------------------------------

    def write_line(self, text: str = "") -> None:
        """Write a line of results, cut to 4000 characters."""
        _write_text(sys.stdout, clean(text, 4000))

    def write_document(self, value: Mapping[str, Any]) -> None:
        """Write one JSON document, indented for people."""
        _write_text(sys.stdout, json.dumps(value, indent=2, ensure_ascii=True))

    def json_line(self, value: Mapping[str, Any]) -> None:
        """Write a JSON value in one line."""
        _write_text(sys.stdout, json.dumps(value, ensure_ascii=True))

    def write_raw(self, text: str) -> None:
        """Write the text of a file, such as the schema, unchanged."""
        _write_text(sys.stdout, text.rstrip("\n"))

    # -- diagnostics ----------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Write progress to stderr; nothing under `--quiet`."""
        if self._verbosity >= 0:
            _write_text(sys.stderr, clean(text, 4000))

    def write_step(self, step: Step) -> None:
        """Write a step of a plan, as `plan` prints it."""
        for text in step_lines(step):
            self.say(text)

    def ask(self, text: str, end: str = "\n") -> None:
        """Write part of a question to the terminal."""
        _write_text(sys.stderr, clean(text, 4000) if end else text, end)

    def complain(self, text: str, hint: str = "") -> None:
        """Write a warning or an error to stderr, even under `--quiet`."""
        _write_text(sys.stderr, f"pltui: {clean(text, 4000)}" + (f"\n       {clean(hint)}" if hint else ""))

    def complain_plainly(self, text: str) -> None:
        """Write a line that editors and CI parse: `file:line:column: message`."""
        _write_text(sys.stderr, clean(text, 4000))

    def write_error(self, error: LabError) -> None:
        """Write an error with its hint; with `-v` also the request id and the encoded message."""
        message = error.message
        if error.request_id and self._verbosity >= 1:
            message = Phrase("{message} [request {id}]", message=message, id=error.request_id)
        self.complain(message, error.hint)
        if error.encoded and self._verbosity >= 1:
            self.say(tr("encoded message: {text}", text=error.encoded))

    def write_event(self, event: Event) -> None:
        """Write an event of the feed: JSON lines are results, text lines are progress."""
        if self.as_json:
            self.json_line(event.document())
        elif text := format_event(event, verbose=self._verbosity >= 1):
            self.say(text)

    # -- shapes ---------------------------------------------------------------------------------------------------

    def write_plan(self, lab: str, plan: Plan, bill: Bill, more: Mapping[str, Any]) -> None:
        """Write a plan and its effect on the hourly cost on AWS, also for the sandbox.

        `more` is added to the document unchanged.
        """
        if self.as_json:
            self.write_document({"lab": lab, **plan_document(plan), "cost": bill.document(), **more})
            return
        from pltui.cost import money

        for text in plan_lines(plan):
            self.write_line(text)
        self.write_line(money.format_change(bill))
        if text := money.client_access(bill):
            self.write_line(text)
        self.write_line(f"{lab}: {plan_counts(plan)}")
        self.write_unreadable(plan.unreadable, plan.withheld)

    def write_unreadable(self, unreadable: Sequence[Unreadable], withheld: Sequence[str] = ()) -> None:
        """Write the types that could not be read, and the resources left alone for that reason."""
        for text in describe_unreadable(unreadable, withheld):
            self.complain(tr(text))

    def write_answer(self, answer: Answer) -> None:
        """Write an answer of a probe in one line."""
        if self.as_json:
            self.json_line(answer.document())
        elif answer.error:
            self.write_line(f"#{answer.n:<4} {tr(answer.error)}")
        else:
            subnet, text = answer.subnet, answer.text
            who = tr("Subnet {n}", n=subnet) if subnet is not None else tr("unrecognised: {text}", text=text)
            self.write_line(
                f"#{answer.n:<4} {who}  {answer.zone or '-':<16} {answer.latency_ms:>7.1f} ms  {answer.ip or ''}"
            )


def format_event(event: Event, *, verbose: bool = False) -> str | None:
    """Return an event as a line of text, or None if it is of no interest.

    `verbose` includes beginnings and request ids. Unknown ops are accepted, because events recorded by other versions
    are shown as well.
    """
    where = pad(event.address, 52)
    match event.detail:
        case RunMessage(message=message) if message:
            return f"{tr(message)}…"
        case StepStarted(op=op) if verbose:
            return f"  {where} {tr(DOING.get(op, op))}"
        case StepWaiting(op=op, status=status):
            return f"  {where} {tr(DOING.get(op, op))}: {tr(status)}"
        case StepDone(op=op, id=id_):
            return f"{MARKS.get(op, ' ')} {where} {tr(DID.get(op, op))} {id_ or ''}".rstrip()
        case StepFailed(op=op) as failure:
            return f"! {where} {tr(NOT_DONE.get(op, FAILED), why=_format_failure(failure, verbose))}"
        case StepBlocked(reason=reason) if reason:
            return f"! {where} {tr('not tried: {reason}', reason=reason)}"
        case StepBlocked(by=by):
            return f"! {where} {tr('not tried: needs {needs}', needs=', '.join(by))}"
        case StepUnknown(op=op, error=error):
            return f"? {where} {tr('{op}: {error}; checking the result', op=op, error=error)}"
    return None


def _format_failure(detail: StepFailed, verbose: bool) -> str:
    action = f"({detail.action})" if detail.action else ""
    text = " ".join(tr(part) for part in (detail.code, detail.error, action) if part)
    if detail.hint:
        text += f"; {tr(detail.hint)}"
    if verbose and detail.request_id:
        text = tr("{message} [request {id}]", message=text, id=detail.request_id)
    if verbose and detail.encoded_authorization:
        text = tr("{message}; encoded message: {text}", message=text, text=detail.encoded_authorization)
    return text


def seen_document(item: Observed) -> dict[str, Any]:
    """Return an observed resource as JSON values."""
    return {
        "address": item.address,
        "kind": item.kind,
        "name": item.name,
        "id": item.id,
        "state": str(item.state),
        "status": item.status,
        "spec": plain_value(dict(item.spec)),
        **({"attached": dict(item.attached)} if item.attached else {}),
    }


def _write_text(stream: TextIO | None, text: str, end: str = "\n") -> None:
    """Write to a stream; a failure does not stop the command, so that a run ends in order."""
    if stream is None:  # closed by the parent process
        _note_lost_output(stream, tr("it is closed"))
        return
    try:
        stream.write(text.encode(stream.encoding or "utf-8", "replace").decode(stream.encoding or "utf-8") + end)
        stream.flush()
    except BrokenPipeError:  # the reader closed the pipe, as `head` does
        _to_nowhere(stream)
    except OSError as error:
        _to_nowhere(stream)
        _note_lost_output(stream, error.strerror or str(error))


def _to_nowhere(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _note_lost_output(stream: TextIO | None, why: str) -> None:
    if stream is sys.stdout and not Output.lost:
        Output.lost = True
        if sys.stderr is not None:
            Output().complain(tr("results cannot be written to standard output: {why}", why=why))
