"""On labs of any shape, what `pltui.reachability` predicts from the API's answers is what real sockets then do."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from pltui.emulator.network.changes import GLOBAL, Location
from pltui.emulator.network.reader import NetworkReader
from pltui.reachability import parse
from pltui.reachability.codes import Verdict
from pltui.reachability.hops import Trace
from pltui.reachability.trace import trace
from pltui.reachability.world import NetworkModel
from tests.emulator.network.conftest import Api, Sandbox, opened
from tests.emulator.network.lab import REGION, Outcome
from tests.emulator.network.shapes import TELLING, Builder, Question, Shape, shapes

EXAMPLES, THOROUGH_EXAMPLES = 8, 500
NORMAL = settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, print_blob=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
# That a server with an open path is missed although it answers: less likely than this, over one lab.
MISSED = 1e-9
# Real seconds after which a connection is taken for dropped; who has heard nothing by then asks once more, longer.
PATIENCE, LONG_PATIENCE = 0.4, 15.0

_VERDICTS = {None: Verdict.DROPPED, 3: Verdict.NO_ROUTE, 4: Verdict.UNRESOLVED, 5: Verdict.REFUSED}


def read(api: Api) -> NetworkModel:
    """The world as anyone reads it; of programs, no API tells: all servers are on port 80, others have none."""
    readers = [NetworkReader(api.endpoint_url, Location("", region)) for region in (REGION, GLOBAL)]
    for reader in readers:
        assert not reader.read(reader.place.topics)
    world = parse.parse_network_model([reader.answers for reader in readers])
    ports = {True: frozenset({80}), False: frozenset[int]()}
    machines = {id_: replace(each, ports=ports[each.name == "server"]) for id_, each in world.instances.items()}
    return replace(world, instances=machines)


def health(api: Api, group: str) -> Mapping[tuple[str, str, int], str]:
    rows = api.clients.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return {(group, row["Target"]["Id"], row["Target"]["Port"]): row["TargetHealth"]["State"] for row in rows}


def predicted(seen: Trace) -> set[str]:
    """Who answers, or what becomes of connections, by all that may happen to one."""
    return {path.server if path.verdict is Verdict.OPEN else str(path.verdict) for path in seen.paths if path.chance}


def connections(seen: Trace) -> int:
    least = min(path.chance for path in seen.paths if path.chance)
    return 3 if least == 1 else math.ceil(math.log(MISSED) / math.log(1 - least))


def word(outcome: Outcome) -> str:
    return outcome.body if outcome.reply == 0 else str(_VERDICTS[outcome.reply])


tried: Counter[str] = Counter()  # questions, by what may happen to a connection


async def ask(sandbox: Sandbox, question: Question, count: int, patience: float) -> set[str]:
    """What happens to so many connections."""
    where = (question.client, question.destination, question.port, patience)
    return set(map(word, await asyncio.gather(*(sandbox.caller.get(*where) for _ in range(count)))))


async def check(sandbox: Sandbox, question: Question, seen: Trace) -> None:
    expected, count = predicted(seen), connections(seen)
    tried[" and ".join(sorted({path.verdict for path in seen.paths if path.chance}))] += 1
    found = await ask(sandbox, question, count, PATIENCE)
    if found != expected:  # a busy machine answers late: nothing is dropped that only takes its time
        found = (found - {str(Verdict.DROPPED)}) | await ask(sandbox, question, count, LONG_PATIENCE)
    assert found == expected, (
        f"{question}, by {[(path.server, path.verdict, path.code, path.chance) for path in seen.paths]}"
    )


async def play(api: Api, shape: Shape) -> None:
    async with opened(api) as sandbox:
        built = await asyncio.to_thread(Builder(api.clients, shape).build)
        await sandbox.until(lambda: "initial" not in health(api, built.targets).values())
        await sandbox.network.catch_up()
        world = await asyncio.to_thread(read, api)
        states = await asyncio.to_thread(health, api, built.targets)
        traces = (trace(world, states, world.instances[q.client], q.destination, q.port) for q in built.questions)
        await asyncio.gather(*(check(sandbox, *each) for each in zip(built.questions, traces, strict=True)))


@given(shape=shapes())
def _lab(api: Api, shape: Shape) -> None:
    asyncio.run(play(api, shape))


@pytest.mark.parametrize(
    "shape",
    [*TELLING[:2], *(pytest.param(shape, marks=pytest.mark.slow) for shape in TELLING[2:])],
    ids=["zonal", "cross-zone", "by group", "acl", "closed"],
)
async def test_on_a_telling_lab_sockets_do_what_is_predicted(api: Api, shape: Shape) -> None:
    await play(api, shape)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_on_any_lab_sockets_do_what_is_predicted(api: Api, thorough: bool) -> None:
    extent = settings(NORMAL, max_examples=THOROUGH_EXAMPLES, derandomize=False) if thorough else NORMAL
    began = time.monotonic()
    extent(_lab)(api=api)
    kinds = ", ".join(f"{kind}: {count}" for kind, count in tried.most_common())
    print(f"{tried.total()} questions in {time.monotonic() - began:.0f} s: {kinds}")
