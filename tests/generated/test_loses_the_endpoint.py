"""The endpoint goes away at one call and stays away: each command ends with one error, and asyncio reports nothing."""

import asyncio
import gc
import itertools
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import pytest

from pltui.aws.settings import Settings
from pltui.aws.transport import ErrorAnswer, NoAnswer, NotReached
from pltui.engine.reconcile import Outcome
from pltui.errors import Expired, LabError
from pltui.lab.session import Lab
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.world import Item
from tests.fakecloud.clock import VirtualLoop
from tests.generated.labs import all_desired, spec
from tests.generated.process import Host

REGION = "ap-northeast-1"
POINTS = 5  # calls of a command at which the endpoint goes away, spread over all of them

THROTTLE = {
    "Error": {"Code": "Throttling", "Message": "Rate exceeded"},
    "ResponseMetadata": {"HTTPStatusCode": 400},
}
EXPIRED = {
    "Error": {"Code": "ExpiredToken", "Message": "The security token included in the request is expired"},
    "ResponseMetadata": {"HTTPStatusCode": 403},
}
ENDINGS: Mapping[str, Callable[[], Exception]] = {
    "unreachable": lambda: NotReached('Could not connect to the endpoint URL: "http://127.0.0.1:9/"'),
    "dropped": lambda: NoAnswer("Connection was closed before we received a valid response from endpoint URL"),
    "throttled": lambda: ErrorAnswer(THROTTLE),
}
VERBS: Mapping[str, Callable[[Lab], Awaitable[Any]]] = {
    "plan": lambda lab: lab.plan(),
    "reconcile": lambda lab: lab.reconcile(),
    "destroy": lambda lab: lab.destroy(),
    "cross-zone": lambda lab: lab.set_cross_zone(False),
}


class Failing:
    """A wire whose calls fail from the given one on."""

    def __init__(self, wire: FakeAws, at: int | None, error: Callable[[], Exception]) -> None:
        self._wire, self._at, self._error = wire, at, error
        self.count = 0

    async def prepare(self, *services: str) -> None:
        await self._wire.prepare(*services)

    async def send(self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0) -> Item:
        self.count += 1
        if self._at is not None and self.count >= self._at:
            await asyncio.sleep(0.01 * (self.count % 3))
            raise self._error()
        return await self._wire.send(service, operation, parameters, urgency)


class Ended:
    """What a command came to, and what asyncio would have printed."""

    def __init__(self) -> None:
        self.error: LabError | None = None
        self.ok = False
        self.message = ""
        self.calls = 0
        self.printed: list[str] = []


def run(cloud: FakeAws, verb: str, at: int | None, error: Callable[[], Exception]) -> Ended:
    """The command as the command line runs it, on a loop of its own that ends as `asyncio.run` ends it."""
    wire, ended = Failing(cloud, at, error), Ended()
    settings = Settings(target="aws", region=REGION)

    async def command() -> None:
        lab = Lab("lab.yaml", spec("a"), settings, wire=wire, process=Host().process(1))
        try:
            await lab.open(planning=verb != "cross-zone")
            outcome = await VERBS[verb](lab)
            if isinstance(outcome, Outcome):
                ended.ok, ended.message = outcome.ok, outcome.message
            else:
                ended.ok = True
        except LabError as problem:
            ended.error = problem
        finally:
            await lab.close()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        loop.set_exception_handler(lambda _, context: ended.printed.append(f"{context['message']}: {context}"))
        runner.run(command())
        gc.collect()  # asyncio reports an exception that nothing has read when its task is freed
    ended.calls = wire.count
    return ended


@pytest.fixture(autouse=True)
def same_jitter() -> None:
    random.seed(0)


def cloud_before(verb: str) -> FakeAws:
    """A cloud as the command finds it: empty before `reconcile`, with the lab before the others."""
    cloud = FakeAws(lag=0.0, pace=0.0)
    if verb != "reconcile":
        assert run(cloud, "reconcile", None, Exception).ok
    return cloud


def check_points(verb: str, points: Callable[[int], Iterable[int]]) -> None:
    """Run the command with the endpoint going away at each of the points, in a different manner each time."""
    kept = cloud_before(verb) if verb == "plan" else None  # it writes nothing
    whole = run(kept or cloud_before(verb), verb, None, Exception)
    assert (whole.error, whole.printed) == (None, [])
    for at, ending in zip(points(whole.calls), itertools.cycle(ENDINGS), strict=False):
        where = f"{ending} at call {at} of {whole.calls}"
        ended = run(kept or cloud_before(verb), verb, at, ENDINGS[ending])
        assert ended.printed == [], where
        assert ended.ok or bool(ended.error) != bool(ended.message), where
        assert ended.error is None or ended.error.code in (1, 4), where


@pytest.mark.parametrize("verb", [v if v == "reconcile" else pytest.param(v, marks=pytest.mark.slow) for v in VERBS])
def test_a_command_whose_endpoint_goes_away_ends_with_one_error(verb: str) -> None:
    check_points(verb, lambda calls: sorted({1, 2, *range(3, calls, max(1, calls // POINTS)), calls}))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("verb", VERBS)
def test_so_it_does_at_every_call(verb: str) -> None:
    check_points(verb, lambda calls: range(1, calls + 1))


def test_credentials_that_expire_amid_a_run_leave_what_was_done_and_what_remains_to_do() -> None:
    ended = run(FakeAws(lag=0.0, pace=0.0), "reconcile", 80, lambda: ErrorAnswer(EXPIRED))
    assert isinstance(ended.error, Expired)
    assert ended.error.code == 1  # something was written
    outcome = ended.error.outcome
    assert outcome is not None
    assert outcome.created > 0
    assert len(outcome.left) == len(all_desired("a")) - outcome.created
    assert f"{outcome.created} created" in outcome.message
    assert "expired" in outcome.message


def test_credentials_that_expire_before_any_write_are_a_refusal_alone() -> None:
    ended = run(FakeAws(lag=0.0, pace=0.0), "reconcile", 1, lambda: ErrorAnswer(EXPIRED))
    assert isinstance(ended.error, Expired)
    assert (ended.error.code, ended.error.outcome) == (4, None)
