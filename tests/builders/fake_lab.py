"""A lab that lives in memory: the whole of the privatelink spec, converging in waves, answering by the switch.

With `pace` it plays by itself (a demonstration); without, each step waits for `step()` and each answer for `answer()`,
so that a test sees exactly the moment it means.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pltui.cost.prices import Bill, Cost
from pltui.engine.events import (
    ResourceObserved,
    RunFinished,
    RunMessage,
    RunStarted,
    StepDone,
    StepFailed,
    StepPlanned,
    StepStarted,
    StepWaiting,
)
from pltui.engine.feed import Feed
from pltui.engine.model import Desired, Observed, Op, Step
from pltui.engine.outcome import Outcome
from pltui.engine.plan import Plan
from pltui.errors import LabError, Refused
from pltui.explain.explanation import Explained
from pltui.i18n import Phrase
from pltui.lab import spec_reload
from pltui.lab.faults import LabFault
from pltui.lab.process_identity import LeaseOwner
from pltui.lab.runner import Review
from pltui.probe.answer import Answer
from pltui.probe.schedule import ProbePace
from pltui.spec import write_cross_zone
from pltui.spec.model import Spec
from tests.builders.spec_network import Network
from tests.builders.specs import IDS, SLOW, STATUS, WAVES, ZONES, all_desired, spec

__all__ = ["EPOCH", "ZONES", "FakeLab", "all_desired", "refused", "spec", "standing_lab"]

EPOCH = datetime(2026, 1, 1, 9, 0, 0, tzinfo=UTC)


class FakeLab:
    def __init__(
        self,
        of: Spec | None = None,
        *,
        target: str = "sandbox",
        pace: float | None = None,
        network: dict[str, Any] | None = None,
    ) -> None:
        self.spec = of or spec()
        self.target = target
        self.endpoint: str | None = None
        self.region = "ap-northeast-1"
        self.all_desired: tuple[Desired, ...] = ()
        self.pace = pace
        self.striking: asyncio.Event | None = None  # until it is set, what is broken or mended takes its time
        self._ticks = 0
        self.feed = Feed(self._clock if pace is None else lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
        self.exists: dict[str, str] = {}
        self.switch = self.spec.provider.load_balancer.cross_zone
        self.fail: dict[str, str] = {}  # address -> error it fails with
        self.raises: Exception | None = None  # raised by the next call
        self.calls: list[str] = []
        self.path: str | None = None  # of a spec's file, where there is one
        self.ended = ""  # a sentence, once the sandbox has died
        self.broken: tuple[str, ...] = ()  # what the sandbox tells of faults nobody here has made
        self.struck: dict[str, str] = {}  # what was broken from here -> the sandbox's sentence
        self.differing: tuple[Step, ...] = ()  # what a plan holds beside creations
        self.guardduty: tuple[Step, ...] = ()  # what GuardDuty placed in the VPCs
        self.held_by: LeaseOwner | None = None
        self.unpriced: tuple[str, ...] = ()
        self.read_only = False
        self.notices: tuple[str, ...] = ()
        self.stopped = self.closed = False
        self._gate = asyncio.Semaphore(0)
        self._due: defaultdict[str, asyncio.Queue[Answer | Exception]] = defaultdict(asyncio.Queue)
        self._random = random.Random(7)
        self.sent = 0
        self.lost: LabError | None = None  # raised by every look at the paths
        self.network: dict[str, Any] = network or {}  # what is different in the network: see `Network`

    def _clock(self) -> str:
        self._ticks += 1
        return (EPOCH + timedelta(seconds=self._ticks / 10)).isoformat(timespec="milliseconds")

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            self._gate.release()

    def hold(self) -> None:
        """Take back the steps that were let go and not used."""
        self._gate = asyncio.Semaphore(0)

    async def _tick(self, name: str = "") -> None:
        if name:
            self.calls.append(name)
        if self.pace is None:
            await self._gate.acquire()
        else:
            await asyncio.sleep(self.pace)
        if self.raises is not None:
            error, self.raises = self.raises, None
            raise error

    async def open(self) -> None:
        self.feed.emit("", RunMessage(verb="open", message="starting the sandbox"))
        await self._tick("open")
        self.endpoint = "http://127.0.0.1:4566" if self.target == "sandbox" else None
        self.all_desired = all_desired(self.spec)

    async def look(self) -> None:
        await self._tick("look")
        for desired in self.all_desired:
            found = self.exists.get(desired.address)
            state, status = "ready" if found else "absent", STATUS.get(desired.kind, "")
            self.feed.emit(
                desired.address, ResourceObserved(desired.kind, desired.name, found or "", state=state, status=status)
            )

    async def plan(self, *, destroy: bool = False, remove_guardduty: bool = False) -> Plan:
        self.calls.append("plan destroy" if destroy else "plan")
        plan = self._plan(destroy)
        return Plan((*self.guardduty, *plan.steps)) if remove_guardduty else plan

    def _plan(self, destroy: bool) -> Plan:
        if destroy:
            gone = [desired for desired in reversed(self.all_desired) if desired.address in self.exists]
            return Plan(
                tuple(
                    Step(Op.DELETE, w.address, w.kind, Phrase("no longer needed"), observed=self._seen(w)) for w in gone
                )
            )
        missing = [desired for desired in self.all_desired if desired.address not in self.exists]
        creates = (Step(Op.CREATE, desired.address, desired.kind, "does not exist", desired) for desired in missing)
        return Plan((*self.differing, *creates))

    def _seen(self, desired: Desired) -> Observed:
        return Observed(desired.address, desired.kind, self.exists[desired.address], {}, name=desired.name)

    async def account(self) -> str | None:
        return "111122223333" if self.target == "aws" else None

    async def holder(self) -> LeaseOwner | None:
        return self.held_by

    async def bill(self) -> Bill:
        wanted = Cost(0.2267, 0.5, {"nat_gateway": 2, "load_balancer": 1}, self.unpriced)
        now = wanted if "provider/load-balancer" in self.exists else Cost()
        return Bill(
            self.region, "2026-10", now, wanted, EPOCH - timedelta(hours=2, minutes=10) if now.hourly else None, 0.5
        )

    async def possible_faults(self) -> tuple[LabFault, ...]:
        possible = [
            LabFault("stop", "provider/server-1", "provider server 1", addresses=("provider/server-1",)),
            LabFault("server", "i-0a", "provider server 1", addresses=("provider/server-1",)),
            LabFault("zone", "apne1-az4", "ap-northeast-1a (apne1-az4)", addresses=("provider/private-subnet-1",)),
            LabFault("subnet", "subnet-0a", "provider private subnet 1", addresses=("provider/private-subnet-1",)),
            LabFault("close", "consumer/endpoint-security-group", "consumer endpoint security group"),
            LabFault("latency", ""),
            LabFault("loss", ""),
            LabFault("throttle", "ec2"),
        ]
        told = [
            replace(each, broken=True, sandbox_id="" if each.by_api else "fault-1", text=self.struck[each.id])
            if each.id in self.struck
            else each
            for each in possible
        ]
        others = (LabFault("other", str(n), "", True, text, f"fault-{n}") for n, text in enumerate(self.broken))
        return (*told, *others)

    async def inject_fault(self, fault: LabFault) -> None:
        self.calls.append(f"break {fault.id}")
        await self._struck()
        if self.target == "aws":
            raise Refused("faults are available on the sandbox only")
        self.struck[fault.id] = "" if fault.by_api else f"the {fault.kind} of {fault.name} is broken"

    async def _struck(self) -> None:
        if self.striking:
            await self.striking.wait()

    async def clear_faults(self, faults: Sequence[LabFault]) -> Outcome | None:
        self.calls.append(f"mend {', '.join(each.id for each in faults)}")
        await self._struck()
        for each in faults:
            self.struck.pop(each.id, None)
        return Outcome(ok=True, updated=1) if any(each.by_api for each in faults) else None

    async def reconcile(self, *, keep_switch: bool = False, review: Review | None = None) -> Outcome:
        if self.read_only:
            raise Refused("--read-only does not allow reconcile")
        if review:
            review(self._plan(destroy=False), True)
        self.differing = ()
        self.calls.append("reconcile")
        self.feed.emit("", RunStarted(verb="reconcile", lab=self.spec.name, resources=len(self.all_desired)))
        missing = [desired for desired in self.all_desired if desired.address not in self.exists]
        for desired in missing:
            self.feed.emit(desired.address, StepPlanned(op="create", kind=desired.kind, why="it does not exist"))
        for wave in WAVES:
            due = [desired for desired in missing if desired.kind in wave]
            if due:
                await self._wave(due)
        if not keep_switch:
            self.switch = self.spec.provider.load_balancer.cross_zone
        failed = len(self.fail)
        ok = not failed
        self.feed.emit("", RunFinished(ok=ok, created=len(missing) - failed, failed=failed))
        return Outcome(ok, created=len(missing) - failed, failed=failed, message="" if ok else f"{failed} failed")

    async def _wave(self, due: list[Desired]) -> None:
        for desired in due:
            self.feed.emit(desired.address, StepStarted(op="create"))
        await self._tick()
        for desired in due:
            if desired.kind in SLOW:
                self.feed.emit(desired.address, StepWaiting(op="create", status=SLOW[desired.kind]))
            else:
                self._finish(desired)
        if any(desired.kind in SLOW for desired in due):
            await self._tick()
        for desired in due:
            if desired.kind in SLOW:
                self._finish(desired)

    def _finish(self, desired: Desired) -> None:
        if error := self.fail.get(desired.address):
            failure = StepFailed(op="create", code="Denied", error=error, hint="ask whoever runs the account")
            self.feed.emit(desired.address, failure)
            return
        identity = f"{IDS.get(desired.kind, desired.kind.replace('_', '-'))}-0{self._random.getrandbits(64):016x}"
        if desired.kind == "load_balancer":
            identity = f"arn:aws:elasticloadbalancing:{self.region}:123456789012:loadbalancer/net/provider-nlb/50dc6c49"
        self.exists[desired.address] = identity
        status = STATUS.get(desired.kind, "ready")
        self.feed.emit(desired.address, StepDone(op="create", id=identity, state="ready", status=status))

    async def destroy(self, *, review: Review | None = None, remove_guardduty: bool = False) -> Outcome:
        if review:
            review(await self.plan(destroy=True, remove_guardduty=remove_guardduty), True)
        self.calls.append("destroy with guardduty" if remove_guardduty and self.guardduty else "destroy")
        self.feed.emit("", RunStarted(verb="destroy", lab=self.spec.name))
        gone = [desired for desired in reversed(self.all_desired) if desired.address in self.exists]
        for desired in gone:
            self.feed.emit(desired.address, StepStarted(op="delete"))
        await self._tick()
        for desired in gone:
            del self.exists[desired.address]
            self.feed.emit(desired.address, StepDone(op="delete"))
        self.feed.emit("", RunFinished(ok=True, deleted=len(gone)))
        return Outcome(ok=True, deleted=len(gone))

    async def cross_zone(self) -> bool | None:
        return self.switch if "provider/load-balancer" in self.exists else None

    async def sandbox_end_notice(self) -> str:
        return self.ended

    async def set_cross_zone(self, on: bool) -> Outcome:
        await self._tick(f"set_cross_zone {on}")
        self.switch = on
        return Outcome(ok=True, updated=1)

    def reread(self) -> spec_reload.Saved:
        assert self.path
        return spec_reload.check_file(self.path, self.spec, self.region)

    def same_world(self, spec: Spec) -> bool:
        return (spec.provider, spec.consumers) == (self.spec.provider, self.spec.consumers)

    def take(self, spec: Spec) -> None:
        self.spec, self.all_desired = spec, all_desired(spec)

    def write_back(self, on: bool) -> bool:
        self.calls.append(f"write_back {on}")
        if self.path:
            write_cross_zone(self.path, on)
            balancer = replace(self.spec.provider.load_balancer, cross_zone=on)
            self.spec = replace(self.spec, provider=replace(self.spec.provider, load_balancer=balancer))
        self.all_desired = tuple(_switched(desired, on) for desired in self.all_desired)
        return True

    def answer(self, count: int = 1, error: tuple[str, str] | None = None) -> None:
        """Let each consumer receive `count` more answers, or failures (kind, sentence)."""
        for _ in range(count):
            for consumer in self.spec.consumers:
                answer = self._next(consumer)
                if error:
                    kind, sentence = error
                    answer = replace(
                        answer, status=None, subnet=None, zone=None, latency_ms=None, kind=kind, error=sentence
                    )
                self._due[consumer].put_nowait(answer)

    def breaks(self, error: Exception) -> None:
        """Let the probe of the first consumer end with `error`."""
        self._due[next(iter(self.spec.consumers))].put_nowait(error)

    def _next(self, consumer: str) -> Answer:
        self.sent += 1
        own = self.spec.consumers[consumer].endpoint.subnets[0]
        subnet = self._random.choice((1, 2, 3)) if self.switch else own
        latency = 2.0 + self._random.random() * 2 + (1.2 if subnet != own else 0)
        text = f"Hello from Provider VPC on Subnet {subnet}"
        return Answer(self.sent, "", 200, subnet, ZONES[subnet - 1], latency, "10.0.129.7", None, None, text, consumer)

    async def answers(
        self, consumer: str | None = None, *, pace: Callable[[], ProbePace] | None = None
    ) -> AsyncIterator[Answer]:
        who = consumer or next(iter(self.spec.consumers))
        self.calls.append(f"answers {who}")
        while True:
            if self.pace is None:
                item = await self._due[who].get()
                if isinstance(item, Exception):
                    raise item
                yield item
            else:
                await asyncio.sleep(1 / pace().rate if pace else self.spec.probe.interval)
                yield self._next(who)

    async def paths(self) -> Explained:
        self.calls.append("paths")
        if self.lost is not None:
            raise self.lost
        return Network(self.spec, dict(self.exists), self.switch, **self.network).explained()

    async def explain(self) -> Explained:
        self.calls.append("explain")
        return Network(self.spec, dict(self.exists), self.switch, **self.network).explained()

    def stop(self) -> None:
        self.stopped = True

    async def close(self) -> None:
        self.closed = True


def refused() -> LabError:
    return LabError("The sandbox did not start: no free port", "run pltui sandbox up and read what it says")


def _switched(desired: Desired, on: bool) -> Desired:
    return replace(desired, spec={**desired.spec, "cross_zone": on}) if "cross_zone" in desired.spec else desired


def standing_lab(of: Spec | None = None, *, target: str = "sandbox", **changes: Any) -> FakeLab:
    """A lab of which everything exists, with these attributes."""
    lab = FakeLab(of, target=target)
    lab.exists = {desired.address: f"id-{number}" for number, desired in enumerate(all_desired(lab.spec))}
    for name, value in changes.items():
        setattr(lab, name, value)
    return lab
