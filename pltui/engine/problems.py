"""The steps that failed, as sentences for people."""

from __future__ import annotations

from collections.abc import Sequence

from pltui.engine.errors import CloudError, OutcomeUnknownError, UnreachedError
from pltui.engine.types import Step
from pltui.words import Phrase

Problem = tuple[Step, CloudError]


def describe_problems(problems: Sequence[Problem]) -> list[str]:
    """A sentence per failed step. Steps that failed because the endpoint went away share one: the cause is the same."""
    lost = [problem for problem in problems if _is_lost(problem[1])]
    gone = [error for _, error in lost if isinstance(error, UnreachedError)]
    if not gone or len(lost) == 1:
        return [_sentence(step, error) for step, error in problems]
    rest = [_sentence(*problem) for problem in problems if problem not in lost]
    text = Phrase(
        "{n} steps lost the endpoint: {message}; {hint}", n=len(lost), message=gone[0].message, hint=gone[0].hint
    )
    return [*rest, text]


def lost_endpoint(problems: Sequence[Problem]) -> bool:
    """Whether any step failed because the endpoint went away."""
    return any(isinstance(error, UnreachedError) for _, error in problems)


def _is_lost(error: CloudError) -> bool:
    """Whether the connection failed, and not the service: that would have answered with a code."""
    return isinstance(error, UnreachedError) or (isinstance(error, OutcomeUnknownError) and not error.code)


def _sentence(step: Step, error: CloudError) -> str:
    """`op address (action): code: message; hint`, as far as each is known."""
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
