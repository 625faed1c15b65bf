"""The calls of a recording, sent in their order to the sandbox or to the fake cloud."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pltui.aws.placeholders import Placeholders
from pltui.aws.transport import Boto, ErrorAnswer, NoAnswer, NotReached, Target
from pltui.engine.errors import CloudError
from tests.fakeaws import FakeAws
from tests.fakecloud.clock import run as run_virtually
from tests.recorded.conversation import Names, Recorded
from tests.recorded.differences import differences

REGION = "ap-northeast-1"


class Side(Protocol):
    def send(self, service: str, operation: str, parameters: dict[str, Any]) -> Awaitable[dict[str, Any]]: ...


@dataclass
class Report:
    """Differences of one side, each with how many calls show it; and its durations in milliseconds."""

    side: str
    found: Counter[str] = field(default_factory=Counter)
    answered: list[Recorded] = field(default_factory=list)


async def replay(calls: Sequence[Recorded], side: Side, name: str, speed: float = 1.0) -> Report:
    """Send each call as long after the first one as it was recorded, and compare the answers.

    `speed`: seconds of the side's own time in a second.
    """
    report, names, loop = Report(name), Names(), asyncio.get_running_loop()
    begun = loop.time()
    for call in calls:
        await asyncio.sleep(max(0.0, begun + call.at_ms / 1000 / speed - loop.time()))
        sent = loop.time()
        code, answer = "", None
        try:
            answer = await side.send(call.service, call.operation, names.translate(call.parameters))
        except ErrorAnswer as error:
            code = str(error.response["Error"]["Code"])
        except (NoAnswer, NotReached, CloudError, AssertionError) as error:
            code = f"{type(error).__name__}: {error}"
        taken_ms = (loop.time() - sent) * 1000
        shown = None if answer is None else _as_recorded(answer)
        at_ms = (sent - begun) * 1000 * speed
        report.answered.append(Recorded(call.service, call.operation, {}, shown, code, at_ms, taken_ms))
        if call.code != code:
            report.found[f"{call.name}: {code or 'an answer'} instead of {call.code or 'an answer'}"] += 1
        elif shown is not None and call.response is not None:
            names.learn(call.response, answer)
            report.found.update(f"{call.name}: {text}" for text in set(differences(call.response, shown)))
    return report


def _as_recorded(answer: dict[str, Any]) -> Any:
    """An answer in the form in which a recording has it."""
    content = {name: item for name, item in answer.items() if name != "ResponseMetadata"}
    return json.loads(json.dumps(Placeholders().mask_value(content)))


def on_fake_cloud(calls: Sequence[Recorded]) -> Report:
    """In virtual time, at the very moments of the recording."""

    async def talk() -> Report:
        return await replay(calls, FakeAws(), "fake cloud")

    return run_virtually(talk())


def on_sandbox(calls: Sequence[Recorded], url: str, speed: float) -> Report:
    """At the moments of the recording, `speed` times as fast, as the sandbox goes."""
    side = Boto(Target(_region(calls), url, dummy_credentials=True))
    return asyncio.run(replay(calls, side, "sandbox", speed))


def _region(calls: Sequence[Recorded]) -> str:
    """The region of the recording, by the zones in it."""
    for call in calls:
        if call.operation == "DescribeAvailabilityZones" and call.response:
            return str(call.response["AvailabilityZones"][0].get("RegionName") or REGION)
    return REGION
