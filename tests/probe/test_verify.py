"""Experiments on a lab whose answers are scripted, in virtual time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from pltui.engine.reconcile import Outcome
from pltui.errors import LabError, Refused
from pltui.lab.experiments import ExperimentResult, samples_needed, shares, verify
from pltui.lab.session import Lab
from pltui.probe.answer import Answer
from pltui.spec import load
from tests.fakecloud.clock import run
from tests.fakecloud.labs import SPECS

Answering = Callable[[bool, float, int], int | None]  # (switch, seconds since it was set, n) -> subnet; None: a timeout


@dataclass
class ScriptedLab:
    """Of a lab only what experiments need. `consumers` share one way of being answered."""

    answering: Answering
    spec: Any = field(default_factory=lambda: load(SPECS / "privatelink.yaml"))
    switches: list[bool] = field(default_factory=list)
    stopping: bool = False
    stuck: bool = False
    denied: bool = False
    expired: bool = False
    since: float = 0.0

    async def reconcile(self, *, review: object = None) -> Outcome:
        return await self.set_cross_zone(self.spec.provider.load_balancer.cross_zone)

    async def set_cross_zone(self, on: bool) -> Outcome:
        self.switches.append(on)
        if self.expired:
            raise Refused("ExpiredToken: the credentials have expired", "renew them")
        self.since = asyncio.get_running_loop().time()
        return Outcome(ok=not self.stuck, denied=self.denied, message="stuck")

    def resume(self) -> None:
        self.stopping = False
        self.answering = as_it_should

    def settling(self, seconds: float) -> float:
        return seconds

    async def stopped_within(self, seconds: float) -> bool:
        await asyncio.sleep(seconds)
        return self.stopping

    def asker(self, consumer: str, via: str) -> _Asker:
        return _Asker(self, consumer)


class _Asker:
    def __init__(self, lab: ScriptedLab, consumer: str) -> None:
        self._lab, self._consumer, self._numbers = lab, consumer, itertools.count(1)

    async def ask(self) -> Answer:
        await asyncio.sleep(0.01)
        n = next(self._numbers)
        seconds = asyncio.get_running_loop().time() - self._lab.since
        subnet = self._lab.answering(self._lab.switches[-1], seconds, n)
        if subnet is None:
            return Answer(n, "", None, None, None, None, None, "no answer", "timeout", "", self._consumer)
        return Answer(n, "", 200, subnet, None, 1.0, "10.0.128.9", None, None, f"Subnet {subnet}", self._consumer)

    async def close(self) -> None:
        return


def verdicts(lab: ScriptedLab) -> list[ExperimentResult]:
    said: list[str] = []
    return run(verify(cast(Lab, lab), "auto", said.append))


def as_it_should(on: bool, seconds: float, n: int) -> int:
    return n % 3 + 1 if on else 1


def test_a_lab_that_answers_as_expected_passes_and_is_left_as_the_spec_says() -> None:
    lab = ScriptedLab(as_it_should)
    zonal, cross = verdicts(lab)
    assert (zonal.success, cross.success) == (True, True)
    assert zonal.document()["observed"] == {"consumer": [1]}
    assert cross.document()["observed"] == {"consumer": [1, 2, 3]}
    assert lab.switches == [True, False, True, True]


def test_an_error_while_the_switch_is_restored_keeps_the_reason_before_it_and_says_how_to_restore_it() -> None:
    def fails(_: bool, __: float, ___: int) -> int:
        lab.expired = True
        raise LabError("the client could not be commanded", "grant ssm:SendCommand")

    lab = ScriptedLab(fails)
    with pytest.raises(LabError, match="could not be restored: the client could not be commanded; Expired") as raised:
        verdicts(lab)
    assert "pltui reconcile" in raised.value.hint


def test_every_subnet_is_asked_for_so_often_that_none_is_missed_by_chance() -> None:
    lab = ScriptedLab(as_it_should)
    needed = samples_needed(shares(lab.spec.provider))
    assert [verdict.document()["sent"]["consumer"] for verdict in verdicts(lab)] == [needed, needed]


def test_a_switch_that_takes_its_time_is_waited_for_and_the_time_is_told() -> None:
    lab = ScriptedLab(lambda on, seconds, n: as_it_should(on if seconds > 40 else not on, seconds, n))
    made = verdicts(lab)
    assert all(verdict.success for verdict in made)
    assert all(39 < (verdict.took or 0) < 43 for verdict in made)


@pytest.mark.parametrize(
    "answering",
    [
        lambda on, seconds, n: 2,
        lambda on, seconds, n: n % 2 + 1 if on else 1,
        lambda on, seconds, n: None,
        lambda on, seconds, n: as_it_should(on, seconds, n) if n % 5 else None,
    ],
    ids=["another subnet", "one subnet missing", "no answers", "some lost"],
)
def test_answers_that_do_not_fit_fail_after_a_while_and_the_lab_is_restored(answering: Answering) -> None:
    lab = ScriptedLab(answering)
    made = verdicts(lab)
    assert not made[1].success
    assert made[1].took is None
    assert lab.switches[-1] is True


def test_a_single_stray_answer_is_a_failure() -> None:
    """Once they fit, all samples must: an answer from a subnet that should be silent is news."""
    lab = ScriptedLab(lambda on, seconds, n: 3 if not on and n == 12 else as_it_should(on, seconds, n))
    zonal, cross = verdicts(lab)
    assert (zonal.success, cross.success) == (False, True)
    assert zonal.document()["distribution"]["consumer"]["3"] == 1


def test_told_to_stop_it_ends_as_interrupted_and_leaves_the_switch_as_the_spec_says() -> None:
    lab = ScriptedLab(as_it_should)

    def answering(on: bool, seconds: float, n: int) -> int:
        lab.stopping = n > 3
        return 1

    lab.answering = answering
    with pytest.raises(LabError) as caught:
        verdicts(lab)
    assert caught.value.code == 130
    assert lab.switches == [True, False, True]


def test_a_lab_that_does_not_converge_is_not_experimented_on() -> None:
    with pytest.raises(LabError, match="stuck"):
        verdicts(ScriptedLab(as_it_should, stuck=True))


def test_a_denial_is_a_refusal() -> None:
    with pytest.raises(LabError) as raised:
        verdicts(ScriptedLab(as_it_should, stuck=True, denied=True))
    assert raised.value.code == 4
