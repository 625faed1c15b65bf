"""Whatever happens in whatever order: specs change, others meddle, processes die or are told to stop, two write at
once, labs live side by side. In the end each lab is as wanted, and then it is gone.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakeaws.faults import Fault
from tests.generated.labs import VARIANTS
from tests.generated.play import play
from tests.generated.scenario import WAYS, End, Hit, Pair, Scenario, Step

pytestmark = pytest.mark.slow

EXAMPLES, THOROUGH_EXAMPLES = 40, 3000

labs = st.sampled_from(("a", "a", "a", "b"))
variants = st.sampled_from(sorted(VARIANTS))
hits = st.lists(
    st.builds(
        Hit,
        st.integers(1, 60),
        st.sampled_from(Fault),
        st.sampled_from((False, False, False, True)),
        st.sampled_from((1, 1, 1, 3, 0)),
    ),
    max_size=2,
).map(tuple)
ends = st.one_of(
    st.none(), st.none(), st.builds(End, st.sampled_from(WAYS), st.integers(0, 150).map(lambda tenths: tenths / 10))
)
writers = st.one_of(
    st.builds(Step, st.just("converge"), variants),
    st.just(Step("destroy")),
    st.builds(Step, st.just("switch"), st.sampled_from(("on", "off"))),
)
meddlers = st.builds(Step, st.just("drift"), st.integers(0, 60).map(str))
pairs = st.one_of(
    st.builds(
        Pair,
        writers,
        writers,
        elsewhere=st.booleans(),
        after=st.integers(0, 50).map(lambda tenths: tenths / 10),
        lock_timeout=st.sampled_from((0, 0, 60)),
    ),
    st.builds(Pair, writers, meddlers),
)
steps = st.one_of(
    st.builds(Step, st.just("converge"), variants, labs, hits, ends),
    st.builds(Step, st.just("destroy"), st.just(""), labs, hits, ends),
    st.builds(Step, st.just("switch"), st.sampled_from(("on", "off")), labs, hits, ends),
    st.builds(Step, st.just("drift"), st.integers(0, 60).map(str), labs),
    st.builds(Step, st.just("wait"), st.sampled_from(("1", "20", "61", "300")), labs),
    st.builds(Step, st.just("both"), pairs.map(str), labs, hits, ends),
)
stories = st.lists(steps, min_size=2, max_size=7).map(tuple).map(Scenario)
paces = st.sampled_from(((0.2, 0.05), (1.0, 0.3), (0.0, 0.0)))


NORMAL = settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, print_blob=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@given(stories, paces)
def _story(scenario: Scenario, pace: tuple[float, float]) -> None:
    play(scenario, lag=pace[0], pace=pace[1], shrink=False)


def test_any_story_ends_well(thorough: bool) -> None:
    extent = settings(NORMAL, max_examples=THOROUGH_EXAMPLES, derandomize=False) if thorough else NORMAL
    extent(_story)()
