"""What `status --watch` tells of a lab between two looks, as a table and as sentences."""

from collections.abc import Iterator

import pytest

from pltui import i18n
from pltui.cli.commands.status import Sight, _change_lines

BEFORE = Sight(
    states={"provider/vpc": ["available"], "provider/server-2": ["pending"], "consumer/client": ["running"]},
    ids={"provider/vpc": ["vpc-1"], "provider/server-2": ["i-2"], "consumer/client": ["i-9"]},
    wanted=True,
    observed=True,
    faults=(),
)


def sight(*, observed: bool | None = True, faults: tuple[str, ...] = (), **states: list[str]) -> Sight:
    """BEFORE with other states of `server_2`, `vpc` or `client`."""
    names = {"vpc": "provider/vpc", "server_2": "provider/server-2", "client": "consumer/client"}
    changed = {names[name]: state for name, state in states.items()}
    ids = {address: found if BEFORE.states[address] else [] for address, found in BEFORE.ids.items()}
    return Sight({**BEFORE.states, **changed}, ids, True, observed, faults)


def news(now: Sight, *, plain: bool = True) -> list[str]:
    return list(_change_lines(now, BEFORE, plain=plain))


@pytest.fixture
def japanese() -> Iterator[None]:
    i18n.set_language("ja")
    yield
    i18n.set_language(i18n.ENGLISH)


def test_nothing_is_said_where_nothing_changed() -> None:
    assert news(sight()) == []


def test_a_change_is_a_sentence_with_what_it_was() -> None:
    assert news(sight(server_2=["running"])) == ["provider server 2: running, was pending"]


def test_what_is_gone_is_absent() -> None:
    assert news(sight(vpc=[])) == ["provider vpc: absent, was available"]


def test_a_successor_speaks_for_both() -> None:
    assert news(sight(server_2=["terminated", "running"])) == ["provider server 2: running, was pending"]


def test_changes_come_in_the_order_of_the_tree() -> None:
    now = sight(client=["stopped"], server_2=["running"], vpc=["pending"])
    assert [line.partition(":")[0] for line in news(now)] == ["provider vpc", "provider server 2", "consumer client"]


def test_the_switch_and_faults_are_told() -> None:
    now = sight(observed=False, faults=("zone apne1-az1 is down",))
    assert news(now) == [
        "Cross-zone load balancing: spec on, live off",
        "Active fault: zone apne1-az1 is down",
    ]
    assert list(_change_lines(BEFORE, now, plain=True))[-1] == "Cleared: zone apne1-az1 is down"


def test_sentences_are_letters_and_punctuation_alone() -> None:
    now = sight(observed=None, vpc=[], server_2=["running"], faults=("zone a is down",))
    assert all(line.isascii() and not set(line) & set("|+*~<>─│·●✗") for line in news(now))


def test_as_a_table_the_address_is_as_commands_take_it() -> None:
    (line,) = news(sight(server_2=["running"]), plain=False)
    assert line.split() == ["provider/server-2", "running", "(was", "pending)"]


@pytest.mark.usefixtures("japanese")
def test_in_japanese_the_states_are_too() -> None:
    assert news(sight(server_2=["running"])) == ["provider サーバー 2: 実行中 (以前は 保留中)"]
