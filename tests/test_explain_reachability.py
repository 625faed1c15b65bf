"""Whether an explanation says reachable, blocked or unknown: what `explain` exits with."""

from dataclasses import replace

import pytest

from pltui.explain.explanation import Explained, Explanation, ObservedAnswers, Reachability
from pltui.reachability.codes import Code, Verdict
from pltui.reachability.hops import Hop, Path, Trace

REACHABLE, UNKNOWN, BLOCKED = Reachability.REACHABLE, Reachability.UNKNOWN, Reachability.BLOCKED

OPEN = Path((Hop("server", "i-1"),), Verdict.OPEN, 1.0, 1.0, "i-1", 80)
DROPPED = replace(
    OPEN, hops=(Hop("security-group", "sg-1", code=Code.ENI_SG_RULES_MISMATCH),), verdict=Verdict.DROPPED, weight=0.0
)
OUTSIDE = replace(
    OPEN, hops=(Hop("gateway", "nat-1", code=Code.PL_OUTSIDE_MODEL),), verdict=Verdict.NO_ROUTE, weight=0.0
)
ALL_ANSWERED, NONE_ANSWERED = ObservedAnswers(10, 0, {"1": 1.0}), ObservedAnswers(10, 10, {})


def of(*paths: Path, observed: ObservedAnswers | None = None) -> Explanation:
    found = Trace("i-client", "web", 80, paths) if paths else None
    return Explanation("shop", "web.example.local", 80, trace=found, observed=observed)


@pytest.mark.parametrize(
    ("explanation", "expected"),
    [
        (of(OPEN), REACHABLE),
        (of(OPEN, observed=ALL_ANSWERED), REACHABLE),
        (of(replace(OPEN, chance=0.5), replace(DROPPED, chance=0.5)), REACHABLE),
        (of(DROPPED), BLOCKED),
        (of(DROPPED, observed=NONE_ANSWERED), BLOCKED),
        (of(), BLOCKED),
        (of(OUTSIDE), UNKNOWN),
        (of(OPEN, observed=NONE_ANSWERED), UNKNOWN),
        (of(DROPPED, observed=ALL_ANSWERED), UNKNOWN),
    ],
)
def test_a_consumers_requests_are(explanation: Explanation, expected: Reachability) -> None:
    assert explanation.reachability() is expected


def test_an_open_path_through_parts_that_could_not_be_read_is_unknown_and_a_closed_one_is_not() -> None:
    assert of(OPEN).reachability(unread=True) is UNKNOWN
    assert of(DROPPED).reachability(unread=True) is BLOCKED


def test_the_worst_consumer_decides_for_the_lab() -> None:
    def lab(*consumers: Explanation) -> Reachability:
        return Explained("lab", consumers, {}, {}).reachability

    assert lab(of(OPEN), of(OPEN)) is REACHABLE
    assert lab(of(OPEN), of(OUTSIDE)) is UNKNOWN
    assert lab(of(OUTSIDE), of(DROPPED), of(OPEN)) is BLOCKED
    assert Explained("lab", [of(DROPPED)], {}, {}).document()["reachability"] == "blocked"
