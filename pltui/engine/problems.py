"""The steps that failed, as sentences for people."""

from __future__ import annotations

from collections.abc import Sequence

from pltui.engine.errors import CloudError, OutcomeUnknownError, UnreachedError
from pltui.engine.json_values import plain_value
from pltui.engine.model import Step, Unreadable
from pltui.i18n import Phrase

Problem = tuple[Step, CloudError]


def describe_problems(problems: Sequence[Problem]) -> list[str]:
    """Return a sentence per failed step. Steps that failed because the endpoint went away share one."""
    lost = [problem for problem in problems if is_connection_failure(problem[1])]
    gone = [error for _, error in lost if isinstance(error, UnreachedError)]
    if not gone or len(lost) == 1:
        return [_format_problem(step, error) for step, error in problems]
    rest = [_format_problem(*problem) for problem in problems if problem not in lost]
    text = Phrase(
        "{n} steps lost the endpoint: {message}; {hint}", n=len(lost), message=gone[0].message, hint=gone[0].hint
    )
    return [*rest, text]


def lost_endpoint(problems: Sequence[Problem]) -> bool:
    """Return True if any step failed because the endpoint went away."""
    return any(isinstance(error, UnreachedError) for _, error in problems)


def is_connection_failure(error: CloudError) -> bool:
    """Return True if the connection failed rather than the service, which would have answered with a code."""
    return isinstance(error, UnreachedError) or (isinstance(error, OutcomeUnknownError) and not error.code)


def _format_problem(step: Step, error: CloudError) -> str:
    """Return `op address (action): code: message; hint`, as far as each is known."""
    code = f" {error.code}:" if error.code else ""
    parts = {
        "op": step.op,
        "address": step.address,
        "action": f" ({error.action})" if error.action else "",
        "code": code,
    }
    if error.hint:
        return Phrase(
            "{op} {address}{action}:{code} {message}; {hint}", **parts, message=error.message, hint=error.hint
        )
    return Phrase("{op} {address}{action}:{code} {message}", **parts, message=error.message)


# -- permanent problems -----------------------------------------------------------------------------------------------

MOST_NAMED = 8  # addresses in a sentence


def mismatch_error(step: Step) -> CloudError:
    """Return the error of a create after which a field that needs a replacement shows another value."""
    fields = Phrase.join_parts(
        "; ",
        (
            Phrase(
                "{field}: requested {want}, shown {was}",
                field=c.field,
                want=plain_value(c.after),
                was=plain_value(c.before),
            )
            for c in step.changes
        ),
    )
    return CloudError(
        Phrase("the API does not show the requested value ({fields})", fields=fields),
        hint=Phrase("it is not replaced again in this run"),
    )


def describe_unreadable(unreadable: Sequence[Unreadable], withheld: Sequence[str] = ()) -> list[str]:
    """Return a sentence for each denied action, and one for what was not changed for that reason."""
    kinds: dict[str, list[str]] = {}
    for one in unreadable:
        kinds.setdefault(one.action, []).append(Phrase(one.kind.replace("_", " ")))
    found: list[str] = [
        Phrase(
            "{action} is denied, so these types are unknown: {kinds}",
            action=action,
            kinds=Phrase.join_parts(", ", names),
        )
        for action, names in kinds.items()
    ]
    if withheld:
        found.append(Phrase("not changed, as it depends on what is unknown: {left}", left=format_addresses(withheld)))
    return found


def format_addresses(addresses: Sequence[str]) -> str:
    """Return addresses as a list in words, with at most `MOST_NAMED` of them."""
    named, more = ", ".join(addresses[:MOST_NAMED]), len(addresses) - MOST_NAMED
    return Phrase("{named} and {n} more", named=named, n=more) if more > 0 else named
