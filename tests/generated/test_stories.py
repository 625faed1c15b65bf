"""Whatever happens in whatever order: specs change, others meddle, processes die, two write at once, labs live side by
side. In the end each lab is as wanted, and then it is gone.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakeaws.faults import Fault
from tests.generated.labs import VARIANTS
from tests.generated.play import play
from tests.generated.scenario import Hit, Scenario, Step

EXAMPLES, THOROUGH_EXAMPLES = 80, 3000

labs = st.sampled_from(("a", "a", "a", "b"))
hits = st.lists(
    st.builds(Hit, st.integers(1, 60), st.sampled_from(Fault), st.sampled_from((False, False, False, True))), max_size=2
).map(tuple)
variants = st.sampled_from(sorted(VARIANTS))


def one_of_two() -> st.SearchStrategy[str]:
    return st.one_of(variants.map(lambda variant: f"converge~{variant}"), st.just("destroy"))


@st.composite
def steps(draw: st.DrawFn) -> Step:
    lab = draw(labs)
    match draw(st.sampled_from(("converge", "converge", "drift", "drift", "switch", "destroy", "wait", "both"))):
        case "converge":
            return Step("converge", draw(variants), lab, draw(hits))
        case "drift":
            return Step("drift", str(draw(st.integers(0, 60))), lab)
        case "switch":
            return Step("switch", draw(st.sampled_from(("on", "off"))), lab, draw(hits))
        case "destroy":
            return Step("destroy", "", lab, draw(hits))
        case "wait":
            return Step("wait", str(draw(st.sampled_from((1, 20, 300)))), lab)
        case _:
            between = draw(st.sampled_from(("|", "||")))
            other = draw(st.one_of(one_of_two(), st.integers(0, 60).map(lambda number: f"drift~{number}")))
            return Step("both", between.join((draw(one_of_two()), other)), lab, draw(hits))


stories = st.lists(steps(), min_size=2, max_size=7).map(tuple).map(Scenario)
paces = st.sampled_from(((0.2, 0.05), (1.0, 0.3), (0.0, 0.0)))


@given(stories, paces)
@settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, print_blob=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def _story(scenario: Scenario, pace: tuple[float, float]) -> None:
    play(scenario, lag=pace[0], pace=pace[1], shrink=False)


def test_any_story_ends_well(thorough: bool) -> None:
    more = settings(_story, max_examples=THOROUGH_EXAMPLES, derandomize=False) if thorough else _story
    more()
