"""A lab's run that meets an error: the message, the exit code, what remains in the account, and its cost.

`outcomes.toml` holds the exit code, what remains that is billed, and USD/h.
`python -m tests.aws_errors.outcomes` writes it.
"""

import tomllib
from collections import defaultdict
from functools import cache

import pytest

from pltui import aws_errors
from pltui.aws.client import iam_action
from pltui.aws.user_errors import as_lab_error
from pltui.aws_errors import CatalogueEntry, ErrorKind, OutcomeClass
from pltui.engine.errors import NotYetError, OutcomeUnknownError
from tests import error_table
from tests.aws_errors import outcomes
from tests.aws_errors.outcomes import DESTROY, FILE, RECONCILE, Place

WHOLE_LAB = 62  # resources
# A rejection that concerns the whole account leaves no NAT gateway, and at most the load balancer, the servers and two
# addresses.
MOST_USD_PER_HOUR = 0.08
# Not shown: the lease exists, so another run holds it, and is waited for; the health of targets is asked for again.
UNNAMED = {"ParameterAlreadyExists", "HealthUnavailable"}
EVERY = 12  # of the runs that wait: the gate makes one in so many, the slow tests the others

Group = list[tuple[CatalogueEntry, Place]]


@cache
def groups() -> dict[str, Group]:
    """The entries that a lab meets, those together that the engine cannot tell apart; by the first one's name."""
    found: dict[tuple[object, ...], Group] = defaultdict(list)
    for entry in aws_errors.injectable():
        if at := outcomes.place(entry):
            found[outcomes.alike(entry, at)].append((entry, at))
    return {group[0][0].name: group for group in found.values()}


def waiting() -> list[str]:
    return [name for name, group in groups().items() if group[0][0].outcome is not OutcomeClass.REJECTED]


def params() -> list[object]:
    later = {name for n, name in enumerate(waiting()) if n % EVERY}
    return [pytest.param(name, marks=pytest.mark.slow) if name in later else name for name in groups()]


@cache
def expected() -> dict[str, dict[str, object]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", params())
def test_a_run_that_meets_the_error_ends_with_its_message_exit_code_and_what_remains(name: str) -> None:
    for entry, at in groups()[name]:
        ended = outcomes.ended(entry, at)
        found = {"call": str(at), "exit": ended.exit, "remains": ended.remains, "usd_per_hour": ended.usd_per_hour}
        assert found == expected()[entry.name], f"{entry.name}: see `python -m tests.aws_errors.outcomes`"
    entry, at = groups()[name][0]
    action = iam_action(at.service, at.operation)
    shown = "\n".join(ended.problems)
    # What is missing when it is to be deleted is gone: the next look says whether it is.
    if ended.exit and entry.code not in UNNAMED and not (entry.kind is ErrorKind.MISSING and at.verb == DESTROY):
        assert aws_errors.split_encoded(entry.wording(action=action))[0] in shown
        assert at.service == "ssm" or outcomes.error_of(entry, at).hint in shown  # a lost lease has words of its own
    assert aws_errors.ENCODED not in shown
    if entry.account_wide and at.verb == RECONCILE:
        assert ("NAT" in ended.remains, ended.usd_per_hour <= MOST_USD_PER_HOUR) == (False, True)


@pytest.mark.parametrize("name", waiting()[::2] or [])
def test_what_passes_by_itself_holds_nothing_up(name: str) -> None:
    entry, at = groups()[name][0]
    if entry.outcome is OutcomeClass.NOT_YET:
        ended = outcomes.ended(entry, at, times=1)
        assert (ended.exit, ended.count) == (0, 0 if at.verb == DESTROY else WHOLE_LAB)


def test_each_entrys_message_has_its_code_its_wording_and_the_call() -> None:
    for entry in aws_errors.injectable():
        at = outcomes.any_place(entry)
        error = outcomes.error_of(entry, at)
        text, encoded = aws_errors.split_encoded(entry.wording(action=error.action))
        told = as_lab_error(error)
        assert told.message == f"{entry.code}: {text} ({error.action})", entry.name
        assert bool(told.hint) == bool(entry.advice), entry.name
        assert error.encoded == encoded


def test_the_file_has_just_the_entries_that_a_lab_meets() -> None:
    assert list(expected()) == [entry.name for entry in aws_errors.injectable() if outcomes.place(entry)]
    assert len(expected()) >= 60


def test_the_table_in_contributing_is_current() -> None:
    text = error_table.CONTRIBUTING.read_text(encoding="utf-8")
    assert text == error_table.inserted(text), "run `python -m tests.error_table`"


def test_classes_of_the_engine_are_those_of_the_catalogue() -> None:
    for entry in aws_errors.injectable():
        error = outcomes.error_of(entry, outcomes.any_place(entry))
        assert isinstance(error, NotYetError) == (entry.outcome is OutcomeClass.NOT_YET), entry.name
        assert isinstance(error, OutcomeUnknownError) == (entry.outcome is OutcomeClass.UNKNOWN), entry.name
