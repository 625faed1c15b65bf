"""Plays a scenario on a fresh cloud, holds every step against the guarantees, and counts."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from pltui.engine.types import Want
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.faults import Call, Fault, Script, combine
from tests.fakecloud.clock import run
from tests.generated.another_hand import drift
from tests.generated.bystanders import SHOWS, make_bystanders
from tests.generated.invariants import assert_exactly, assert_others_untouched, assert_works, photograph
from tests.generated.labs import NAMES, spec, wants
from tests.generated.process import Ended, Host, Verb, process
from tests.generated.scenario import Hit, Scenario, Step, parse

LAG, PACE = 0.2, 0.05  # of AWS's own times, unless a test says otherwise
LOCKED = 4  # exit code
MEDDLING = 0.4  # seconds after which somebody meddles, for each of a deed's numbers
SETTLED = 300.0  # seconds after which nothing of the bystanders changes by itself


@dataclass
class Counts:
    """What was tried: in this process, since it began."""

    runs: int = 0
    steps: int = 0
    calls: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)  # that met a fault
    kinds: set[str] = field(default_factory=set)  # of resources that were wanted


COUNTS = Counts()


class WrongEndError(AssertionError):
    """A scenario ended where it must not."""


def play(scenario: Scenario | str, *, lag: float = LAG, pace: float = PACE, shrink: bool = True) -> None:
    """Raises WrongEndError, with what replays its smallest form, when a guarantee is broken on the way or in the end.

    `lag` scales how long what was done does not show yet, `pace` how long things take to work; `shrink` is off where
    somebody else does that.
    """
    scenario = parse(scenario) if isinstance(scenario, str) else scenario
    if why := _wrong(scenario, lag, pace):
        smallest = _shrunk(scenario, lag, pace) if shrink else scenario
        how = f"--lag {lag:g} --pace {pace:g}"
        raise WrongEndError(
            f"{why}\n\n  scenario: {scenario}\n  replay:   python -m tests.generated {how} '{smallest}'\n"
        )


def _wrong(scenario: Scenario, lag: float, pace: float) -> str:
    """What is wrong with its end; nothing when it ends well."""
    try:
        run(_Play(lag, pace).whole(scenario))
    except AssertionError as error:
        return str(error) or repr(error)
    return ""


def _shrunk(scenario: Scenario, lag: float, pace: float) -> Scenario:
    """The smallest scenario found on the way down from one that ends wrong."""
    for smaller in scenario.smaller():
        if smaller.steps and _wrong(smaller, lag, pace):
            return _shrunk(smaller, lag, pace)
    return scenario


def measured(scenario: str, *, lag: float = LAG, pace: float = PACE) -> int:
    """How many writes the scenario takes."""
    stage = _Play(lag, pace)
    run(stage.whole(parse(scenario)))
    return stage.writes


class _Play:
    def __init__(self, lag: float, pace: float) -> None:
        self._cloud = FakeAws(lag=lag, pace=pace)
        self._host = Host()
        self._wanted: dict[str, tuple[Want, ...]] = {}  # by lab, of those that should stand
        self._variant: dict[str, str] = {}
        self._well: dict[str, bool] = {}  # by lab, whether its last step left it as wanted
        self.writes = 0

    async def whole(self, scenario: Scenario) -> None:
        """The scenario, then what ends it well: every lab that did not end as wanted is brought there without faults,
        and where a scenario says `destroy` or is about several labs, all are destroyed.
        """
        COUNTS.runs += 1
        await make_bystanders(self._cloud)
        await asyncio.sleep(SETTLED)
        self._others = photograph(self._cloud.standing())
        for step in scenario.steps:
            ended = await self._step(step)
            self._well[step.lab] = bool(ended and ended.ok) and step.verb in ("converge", "destroy")
            assert_others_untouched(self._cloud, self._others)
        for lab in [lab for lab, well in self._well.items() if not well]:
            await self._to_the_end(Step("converge", self._variant.get(lab, ""), lab))
        if len(self._well) > 1 or any(step.verb == "destroy" for step in scenario.steps):
            for lab in self._well:
                await self._to_the_end(Step("destroy", "", lab))
            assert_exactly(self._cloud, {}, self._others)
        assert_others_untouched(self._cloud, self._others)

    async def _to_the_end(self, step: Step) -> None:
        ended = await self._step(step)
        assert ended, step
        assert ended.ok, f"{step}: {ended}"
        self._well[step.lab] = True

    async def _step(self, step: Step) -> Ended | None:
        COUNTS.steps += 1
        match step.verb:
            case "wait":
                await asyncio.sleep(float(step.argument))
            case "drift":
                await drift(self._cloud, int(step.argument), NAMES[step.lab])
                await asyncio.sleep(SHOWS)  # nobody can mend what does not show yet
            case "both":
                await self._both(step)
            case _:
                return await self._run(step, self._host)
        return None

    async def _both(self, step: Step) -> None:
        """Two at once: `converge|destroy` on one machine, `converge||destroy` on two, `converge|drift~7` with somebody
        meddling meanwhile.
        """
        first, _, second = step.argument.replace("||", "|").partition("|")
        elsewhere = Host("elsewhere") if "||" in step.argument else self._host
        one = Step(*first.partition("~")[::2], step.lab, step.hits)
        other = Step(*second.partition("~")[::2], step.lab)
        if other.verb == "drift":
            await asyncio.gather(self._run(one, self._host, checked=False), self._meddle(other))
            return
        ends = await asyncio.gather(
            self._run(one, self._host, checked=False), self._run(other, elsewhere, checked=False, after=0.3)
        )
        locked = [end for end in ends if end.error and end.error.code == LOCKED]
        assert len(locked) < 2, f"both were refused: {ends[0]}; {ends[1]}"
        if not (locked or step.hits):
            assert ends[0].ok, f"{step}: {ends[0]}; {ends[1]}"

    async def _meddle(self, step: Step) -> None:
        """In the middle of what goes on: the later the higher its number."""
        number = int(step.argument)
        await asyncio.sleep(number * MEDDLING)
        await drift(self._cloud, number, NAMES[step.lab])

    async def _run(self, step: Step, host: Host, *, checked: bool = True, after: float = 0.0) -> Ended:
        lab, variant = step.lab, self._variant.get(step.lab, "")
        if step.verb == "converge":
            variant = step.argument
        verb, goal = _verb(step, lab, variant)
        await asyncio.sleep(after)
        ended = await process(self._cloud, spec(lab, variant), verb, script=_script(step.hits), host=host)
        COUNTS.calls += ended.calls
        self.writes += ended.writes
        if step.verb == "converge":
            self._variant[lab] = variant
            COUNTS.kinds.update(want.kind for want in goal)
        if step.verb != "switch":
            self._wanted[lab] = goal
        if checked:
            self._check(step, ended)
        return ended

    def _check(self, step: Step, ended: Ended) -> None:
        """What is said to be done is done; what is not is given a reason."""
        if ended.outcome and not ended.ok:
            assert ended.outcome.problems or ended.outcome.left, f"{step} failed without a reason: {ended}"
        if step.verb == "switch" or not ended.ok:
            return
        goal = self._wanted[step.lab]
        if all(well for lab, well in self._well.items() if lab != step.lab):
            told = bool(ended.outcome and ended.outcome.problems)
            wanted = {NAMES[lab]: goal for lab, goal in self._wanted.items()}
            assert_exactly(self._cloud, wanted, self._others, lease_left=told)
        if step.verb == "converge":
            assert_works(self._cloud, NAMES[step.lab], goal)


def _verb(step: Step, lab: str, variant: str) -> tuple[Verb, tuple[Want, ...]]:
    match step.verb:
        case "converge":
            return (lambda opened: opened.reconcile()), wants(lab, variant)
        case "destroy":
            return (lambda opened: opened.destroy()), ()
        case "switch":
            return (lambda opened: opened.set_cross_zone(step.argument == "on")), ()
    raise AssertionError(step)


def _script(hits: tuple[Hit, ...]) -> Script:
    def of(hit: Hit) -> Script:
        reads = 0

        def script(call: Call) -> Fault | None:
            nonlocal reads
            reads += not call.write
            if (reads if hit.read and not call.write else call.write if not hit.read else 0) != hit.number:
                return None
            COUNTS.faults[hit.fault.name] += 1
            COUNTS.operations.add(f"{call.service}:{call.operation}")
            return hit.fault

        return script

    return combine(*map(of, hits))
