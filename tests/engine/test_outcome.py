"""The sentence about a run."""

import pytest

from pltui.engine.outcome import Outcome


@pytest.mark.parametrize(
    ("outcome", "why", "sentence"),
    [
        (Outcome(ok=True, passes=1), "", "nothing to change"),
        (Outcome(ok=True, passes=2, created=2, deleted=1), "", "2 created, 1 deleted"),
        (Outcome(passes=1, created=1), "Request has expired.", "Request has expired: 1 created"),
        (Outcome(passes=1, failed=2, left=["a"]), "", "2 failed: nothing changed; different from the spec: a"),
        (Outcome(), "no answer", "no answer: nothing changed, and the state is not fully read"),
    ],
)
def test_a_run_is_summed_up_in_a_sentence(outcome: Outcome, why: str, sentence: str) -> None:
    assert outcome.sentence(why) == sentence
