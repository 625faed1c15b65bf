"""Plays a scenario on a fresh cloud, holds every step against the guarantees, and counts."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pltui.engine.model import Desired
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.faults import Call, Fault, Script, combine
from tests.fakecloud.clock import run
from tests.generated.another_hand import drift
from tests.generated.bystanders import SHOWS, make_bystanders
from tests.generated.counts import COUNTS
from tests.generated.invariants import (
    assert_exactly,
    assert_in_turn,
    assert_others_untouched,
    assert_sound,
    assert_works,
    photograph,
    switch,
)
from tests.generated.labs import NAMES, all_desired, spec
from tests.generated.process import Ended, Host, Verb, process
from tests.generated.scenario import Hit, Pair, Scenario, Step, parse, parse_pair

LAG, PACE = 0.2, 0.05  # of AWS's own times, unless a test says otherwise
LOCKED, INTERRUPTED = 4, 130  # exit codes
MEDDLING = 0.4  # seconds after which somebody meddles, for each of a deed's numbers
SETTLED = 300.0  # seconds after which nothing of the bystanders changes by itself


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
    random.seed(0)  # what the client's jitter is drawn from
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


def measured(scenario: str, *, lag: float = LAG, pace: float = PACE) -> tuple[int, float]:
    """How many writes the scenario takes, and seconds."""
    stage = _Play(lag, pace)
    run(stage.whole(parse(scenario)))
    return stage.writes, stage.seconds


@dataclass
class _Lab:
    """What is known of a lab from what was done to it."""

    variant: str = ""  # of its spec
    goal: tuple[Desired, ...] = ()
    well: bool = False  # the last that was done left it as wanted
    switched: bool = False  # by hand, so that the spec may say otherwise
    lease_left: bool = False  # a run may have left its lease


@dataclass
class _Run:
    """One process that was to bring a lab to a goal."""

    step: Step
    variant: str
    goal: tuple[Desired, ...]
    ended: Ended

    @property
    def last_write(self) -> float:
        return self.ended.span[1] if self.ended.span else -1.0


class _Play:
    def __init__(self, lag: float, pace: float) -> None:
        self._cloud = FakeAws(lag=lag, pace=pace)
        self._host, self._elsewhere = Host(), Host("elsewhere")
        self._labs: dict[str, _Lab] = {}
        self.writes, self.seconds = 0, 0.0

    async def whole(self, scenario: Scenario) -> None:
        """The scenario, then what ends it well: every lab that did not end as wanted is brought there without faults,
        and where a scenario says `destroy` or is about several labs, all are destroyed.
        """
        COUNTS.runs += 1
        await make_bystanders(self._cloud)
        await asyncio.sleep(SETTLED)
        self._others = photograph(self._cloud.standing())
        for step in scenario.steps:
            begun = asyncio.get_running_loop().time()
            await self._step(step)
            self.seconds += asyncio.get_running_loop().time() - begun
            assert_others_untouched(self._cloud, self._others)
        for name, lab in self._labs.items():
            if not lab.well or lab.switched:
                await self._step(Step("converge", lab.variant, name))
        if len(self._labs) > 1 or any(step.verb == "destroy" for step in scenario.steps):
            for name in self._labs:
                await self._step(Step("destroy", "", name))
            assert_exactly(self._cloud, {}, self._others)
        assert_others_untouched(self._cloud, self._others)

    async def _step(self, step: Step) -> None:
        COUNTS.steps += 1
        lab = self._labs.setdefault(step.lab, _Lab())
        match step.verb:
            case "wait":
                await asyncio.sleep(float(step.argument))
            case "drift":
                lab.well = False
                await drift(self._cloud, int(step.argument), NAMES[step.lab])
                await asyncio.sleep(SHOWS)  # nobody can mend what does not show yet
            case "both":
                await self._both(step, parse_pair(step.argument))
            case _:
                done = await self._run(step, self._host)
                assert not _locked(done.ended), f"{step}: {done.ended}"
                standing = bool(lab.well and lab.goal)
                if not step.disturbed and (step.verb != "switch" or standing):
                    assert done.ended.ok, f"{step}: {done.ended}"
                self._check([done])

    # -- two at once ------------------------------------------------------------------------------------------------

    async def _both(self, step: Step, pair: Pair) -> None:
        one = replace(pair.first, lab=step.lab, hits=step.hits, end=step.end)
        other = replace(pair.second, lab=step.lab)
        if other.verb == "drift":
            done, _ = await asyncio.gather(self._run(one, self._host), self._meddle(other))
            assert not _locked(done.ended), f"{step}: {done.ended}"
            self._check([done], meddled=True)
            return
        elsewhere = self._elsewhere if pair.elsewhere else self._host
        runs = await asyncio.gather(
            self._run(one, self._host),
            self._run(other, elsewhere, after=pair.after, lock_timeout=float(pair.lock_timeout)),
        )
        ends = [done.ended for done in runs]
        locked = [end for end in ends if _locked(end)]
        assert len(locked) < 2, f"both were refused: {ends[0]}; {ends[1]}"
        if not (locked or step.disturbed):
            switches = "switch" in (one.verb, other.verb)
            assert switches or (ends[0].ok and ends[1].ok), f"{step}: {ends[0]}; {ends[1]}"
        assert_in_turn(ends)
        self._check(runs)

    async def _meddle(self, step: Step) -> None:
        """In the middle of what goes on: the later the higher its number."""
        number = int(step.argument)
        await asyncio.sleep(number * MEDDLING)
        await drift(self._cloud, number, NAMES[step.lab])
        await asyncio.sleep(SHOWS)

    # -- one --------------------------------------------------------------------------------------------------------

    async def _run(self, step: Step, host: Host, *, after: float = 0.0, lock_timeout: float = 0.0) -> _Run:
        lab = self._labs[step.lab]
        variant = step.argument if step.verb == "converge" else lab.variant
        verb, goal = _verb(step, lab, variant)
        await asyncio.sleep(after)
        ended = await process(
            self._cloud, spec(step.lab, variant), verb, script=_script(step.hits), host=host, end=step.end,
            lock_timeout=lock_timeout,
        )  # fmt: skip
        COUNTS.calls += ended.calls
        COUNTS.faults.update([step.end.how.upper()] if step.end else [])
        COUNTS.kinds.update(desired.kind for desired in goal)
        self.writes += ended.writes
        return _Run(step, variant, goal, ended)

    def _check(self, runs: Sequence[_Run], *, meddled: bool = False) -> None:
        """What is said to be done is done; what is not is given a reason; and nothing was done on the way that must
        not be.
        """
        for done in runs:
            assert_sound(done.ended)
            _assert_honest(done)
        lab = self._labs[runs[0].step.lab]
        for done in sorted(runs, key=lambda done: done.ended.at):
            _account_for_lease(lab, done)
        last = _decisive(runs)
        if last is None:
            return
        name, well = NAMES[last.step.lab], last.ended.ok and not meddled
        if last.step.verb == "switch":
            if well:
                asked = last.step.argument == "on"
                assert switch(self._cloud, name) is asked, f"{last.step}: the switch is not as asked for"
            lab.switched, lab.well = True, lab.well and well
            return
        lab.variant, lab.goal, lab.well, lab.switched = last.variant, last.goal, well, False
        if well and all(one.well for one in self._labs.values()):
            wanted = {NAMES[name]: one.goal for name, one in self._labs.items()}
            left = [NAMES[name] for name, one in self._labs.items() if one.lease_left]
            assert_exactly(self._cloud, wanted, self._others, leases=left)
        if well and last.goal:
            assert_works(self._cloud, name, last.goal)


def _locked(ended: Ended) -> bool:
    return ended.error is not None and ended.error.code == LOCKED and "is changing this lab" in ended.error.message


def _assert_honest(done: _Run) -> None:
    step, ended = done.step, done.ended
    if ended.outcome and not ended.ok:
        told = ended.outcome.problems or ended.outcome.left or ended.outcome.interrupted or step.end
        assert told, f"{step} failed without a reason: {ended}"
    interrupted = step.end is not None and step.end.how == "stop" and step.verb != "switch"
    if interrupted and not (step.hits or ended.ok or _locked(ended)):
        code = ended.error.code if ended.error else INTERRUPTED * bool(ended.outcome and ended.outcome.interrupted)
        assert code == INTERRUPTED, f"{step} was interrupted, and says: {ended}"


def _account_for_lease(lab: _Lab, done: _Run) -> None:
    """A run that wrote and ended ok has removed its lease, or said that it could not; so has a destroy any that was
    left.
    """
    ended = done.ended
    if ended.ok and (ended.log or done.step.verb == "destroy"):
        assert ended.outcome
        lab.lease_left = any("could not be removed" in problem for problem in ended.outcome.problems)
    elif not ended.ok and not _locked(ended):
        lab.lease_left |= ended.writes > 0


def _decisive(runs: Sequence[_Run]) -> _Run | None:
    """The run that the lab should be left by as it wanted: the last that wrote, or else one that was content."""
    wrote = [done for done in runs if done.ended.log]
    if wrote:
        return max(wrote, key=lambda done: done.last_write)
    return next((done for done in runs if done.ended.ok), None)


def _verb(step: Step, lab: _Lab, variant: str) -> tuple[Verb, tuple[Desired, ...]]:
    match step.verb:
        case "converge":
            return (lambda opened: opened.reconcile()), all_desired(step.lab, variant)
        case "destroy":
            return (lambda opened: opened.destroy()), ()
        case "switch":
            return (lambda opened: opened.set_cross_zone(step.argument == "on")), lab.goal
    raise AssertionError(step)


def _script(hits: tuple[Hit, ...]) -> Script:
    def of(hit: Hit) -> Script:
        reads = 0

        def script(call: Call) -> Fault | None:
            nonlocal reads
            reads += not call.write
            if bool(call.write) is hit.read or not hit.strikes(call.write or reads):
                return None
            COUNTS.faults[hit.fault.name] += 1
            COUNTS.operations.add(f"{call.service}:{call.operation}")
            return hit.fault

        return script

    return combine(*map(of, hits))
