"""Without any one of the engine's safety rules something fails: each is taken out in turn."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest

from tests.generated.mutants import CAUGHT, PASSED, ROOT
from tests.generated.mutations import MUTATIONS, Mutation

Ask = Callable[[Mutation], dict[str, str]]
# Tests by node are part of the suite themselves; a scenario is played nowhere else as it is.
# The gate tries every twelfth one, the slow tests the others.
TRIED = [each if n % 12 == 0 else pytest.param(each, marks=pytest.mark.slow) for n, each in enumerate(MUTATIONS)]
SCENARIOS = {(m.caught_by, m.lag, m.pace): m for m in MUTATIONS if not m.caught_by.startswith("tests/")}


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Asks a server of mutants how a catcher ends."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.generated.mutants"], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": "0"},
    )  # fmt: skip
    assert server.stdin
    assert server.stdout
    stdin, stdout = server.stdin, server.stdout

    def asked(mutation: Mutation) -> dict[str, str]:
        stdin.write(json.dumps(asdict(mutation)) + "\n")
        stdin.flush()
        answer: dict[str, Any] = json.loads(stdout.readline())
        return answer

    yield asked
    stdin.close()
    server.wait()


def test_each_has_a_name_of_its_own_and_is_the_only_one_to_say_so() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
    assert len({(mutation.file, mutation.old, mutation.new) for mutation in MUTATIONS}) == len(MUTATIONS)


@pytest.mark.parametrize("mutation", TRIED, ids=lambda mutation: mutation.name.replace(" ", "-"))
def test_without_a_rule_something_fails(ask: Ask, mutation: Mutation) -> None:
    answer = ask(mutation)
    assert answer["ended"] == CAUGHT, f"without this rule nothing fails: {mutation.rule}\n{answer['words']}"


@pytest.mark.parametrize("mutation", SCENARIOS.values(), ids=lambda mutation: mutation.caught_by)
def test_with_all_rules_its_scenario_ends_well(ask: Ask, mutation: Mutation) -> None:
    untouched = Mutation("", "", "", "", "", mutation.caught_by, mutation.lag, mutation.pace)
    answer = ask(untouched)
    assert answer["ended"] == PASSED, answer["words"]
