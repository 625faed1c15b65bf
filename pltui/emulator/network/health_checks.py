"""A load balancer's health checks: real connections from its nodes, with the target group's interval and thresholds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

import h11

from pltui.emulator.clock import Clock
from pltui.emulator.health_board import INITIAL, TargetHealth, TargetHealthBoard
from pltui.emulator.network import proxy_protocol
from pltui.emulator.network.fabric import BlockedError, Fabric, OutOfFilesError
from pltui.reachability.load_balancer import HealthCheck, LoadBalancer, Node, Target, TargetGroup
from pltui.reachability.world import Instance, NetworkModel

log = logging.getLogger(__name__)

Key: TypeAlias = tuple[str, str, int]  # target group's ARN, target's id, port

# At the speed "instant" every check is due at once. These are the real seconds between two checks of a target, the
# second number once its state is settled.
_SHORTEST_PAUSE = 0.02
_SETTLED_PAUSE = 0.2
# Real seconds. A server on loopback that has not answered within them will not, at any speed of the clock.
_PATIENCE = 2.0

# State, reason, description: in the words of DescribeTargetHealth (TargetHealth, ELBv2 API).
HEALTHY = TargetHealth("healthy")
UNHEALTHY = TargetHealth("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
STOPPED = TargetHealth("unused", "Target.InvalidState", "Target is in the stopped state")


@dataclass(frozen=True, slots=True)
class CheckedTarget:
    """A target, as checked by the node of its zone."""

    balancer: LoadBalancer
    node: Node
    group: TargetGroup
    target: Target
    instance: Instance

    @property
    def key(self) -> Key:
        """The key of the target's health: target group ARN, target id, port."""
        return self.group.arn, self.target.id, self.target.port


@dataclass(slots=True)
class _Record:
    subject: CheckedTarget
    due: float  # AWS time
    health: TargetHealth = INITIAL
    streak: int = 0  # successes in a row; failures, when negative
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def is_settled(self) -> bool:
        """True if another result like the last ones would change nothing."""
        return self.health is (HEALTHY if self.streak > 0 else UNHEALTHY)

    def count(self, passed: bool) -> None:
        """Count a result. Thresholds are of consecutive results (NLB user guide)."""
        check = self.subject.group.check
        if passed:
            self.streak = max(self.streak, 0) + 1
            if self.streak >= check.healthy_threshold:
                self.health = HEALTHY
        else:
            self.streak = min(self.streak, 0) - 1
            if -self.streak >= check.unhealthy_threshold:
                self.health = UNHEALTHY


def subjects(world: NetworkModel) -> Iterator[CheckedTarget]:
    """Every target that is checked: registered, not draining, in an enabled zone, behind an active listener."""
    for balancer in world.load_balancers.values():
        if not balancer.state.startswith("active"):  # "active_impaired" works too
            continue
        for arn in dict.fromkeys(listener.target_group for listener in balancer.listeners):
            group = world.target_groups.get(arn or "")
            for target in group.targets if group else ():
                assert group is not None
                instance = world.target_instance(group, target)
                node = balancer.node(world.zone_of(instance)) if instance else None
                if instance and node and not target.draining:
                    yield CheckedTarget(balancer, node, group, target, instance)


class Checker:
    """Scheduler of the health checks. `changed` is called whenever a check has changed a target's state."""

    def __init__(
        self, fabric: Fabric, clock: Clock, board: TargetHealthBoard, changed: Callable[[], object] = lambda: None
    ) -> None:
        self._changed = changed
        self._fabric = fabric
        self._clock = clock
        self._board = board
        self._records: dict[Key, _Record] = {}
        self._poked = asyncio.Event()
        self.health: Mapping[Key, str] = {}

    def update(self, world: NetworkModel) -> None:
        """Check the targets of this model. A target that is new, or returns, starts from the initial state."""
        now = self._clock.now()
        wanted = {subject.key: subject for subject in subjects(world)}
        for key in self._records.keys() - wanted.keys():
            self._cancel(self._records.pop(key))
            self._board.forget(*key)
        for key, subject in wanted.items():
            record = self._records.get(key)
            if record is None:
                self._records[key] = record = _Record(subject, now, _initial_health(self._board.get(*key)))
                self._show(record)
            record.subject = subject
            self._follow_state(record, now)
        self._publish()
        self.poke()

    def poke(self) -> None:
        """Look at the due checks again, after the clock's speed or the work has changed."""
        self._poked.set()

    async def run(self) -> None:
        """Run the checks until cancelled."""
        try:
            while True:
                self._poked.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._start_due()):
                        await self._poked.wait()
        finally:
            for record in self._records.values():
                self._cancel(record)

    def _start_due(self) -> float | None:
        """Start the checks that are due; return real seconds until the next, None if there is none."""
        pause: float | None = None
        for record in self._records.values():
            if record.task is not None or record.health is STOPPED:
                continue
            left = self._clock.remaining(record.due)
            if left <= 0:
                record.task = asyncio.create_task(self._check(record))
            else:
                pause = left if pause is None else min(pause, left)
        return pause

    async def _check(self, record: _Record) -> None:
        subject = record.subject
        began = self._clock.now()
        passed: bool | None  # None: the check could not be made
        try:
            async with asyncio.timeout(_PATIENCE):
                passed = await _attempt(self._fabric, subject)
        except OutOfFilesError as error:
            log.warning("check of %s: %s", subject.target.id, error)
            passed = None
        except (BlockedError, TimeoutError, h11.LocalProtocolError, ValueError) as error:  # the last two: a bad setting
            log.debug("check of %s: %s", subject.target.id, error)
            passed = False
        except Exception:  # a failed check must not end the checks of its target
            log.exception("check of %s", subject.target.id)
            passed = False
        before: TargetHealth | None = record.health
        if self._board.get(*subject.key) is None:  # registered again since the last check
            before, record.health, record.streak = None, INITIAL, 0
        if passed is not None:
            record.count(passed)
        if record.health is not before:
            self._show(record)
            self._publish()
            self._changed()
        record.due = began + subject.group.check.interval
        if self._clock.remaining(record.due) <= 0:
            await asyncio.sleep(_SETTLED_PAUSE if record.is_settled else _SHORTEST_PAUSE)
        record.task = None
        self.poke()

    def _follow_state(self, record: _Record, now: float) -> None:
        running = record.subject.instance.running
        if not running and record.health is not STOPPED:
            self._cancel(record)
            record.health, record.streak = STOPPED, 0
            self._show(record)
        elif running and record.health is STOPPED:
            record.health, record.due = INITIAL, now
            self._show(record)

    def _cancel(self, record: _Record) -> None:
        if record.task is not None:
            record.task.cancel()
            record.task = None

    def _show(self, record: _Record) -> None:
        self._board.set(*record.subject.key, *record.health)

    def _publish(self) -> None:
        self.health = {key: record.health.state for key, record in self._records.items()}


def _initial_health(row: TargetHealth | None) -> TargetHealth:
    """The initial state of a target for a new checker: the board may have one from a loaded snapshot."""
    return next((health for health in (HEALTHY, UNHEALTHY) if row is not None and row.state == health.state), INITIAL)


async def _attempt(fabric: Fabric, subject: CheckedTarget) -> bool:
    check, node = subject.group.check, subject.node
    port = check.port or subject.target.port
    if check.protocol == "HTTPS":
        return False  # no server here speaks TLS
    first = proxy_protocol.HEALTH_CHECK if subject.group.proxy_protocol else b""
    if check.protocol != "HTTP":
        contact = await fabric.check(subject.balancer, node, subject.instance, port, lambda: _Contact(first))
        contact.close()
        return True
    host = str(node.address or node.subnet)
    exchange = await fabric.check(
        subject.balancer, node, subject.instance, port, lambda: _Exchange(first, check.path, f"{host}:{port}")
    )
    try:
        return admits(check, await exchange.status)
    finally:
        exchange.close()


def admits(check: HealthCheck, status: int) -> bool:
    """True if a matcher such as "200", "200,202" or "200-399" includes `status`."""
    bounds = (part.partition("-") for part in check.matcher.split(","))
    return any(int(low) <= status <= int(high or low) for low, _, high in bounds)


class _Contact(asyncio.Protocol):
    """Connection that sends `first`, and nothing else."""

    def __init__(self, first: bytes) -> None:
        self._first = first

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the proxy protocol header and the request, if any."""
        self._transport = cast(asyncio.Transport, transport)
        if self._first:
            self._transport.write(self._first)

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


class _Exchange(_Contact):
    """One HTTP request; `status` is that of its response, 0 if there is none."""

    def __init__(self, first: bytes, path: str, host: str) -> None:
        self._http = h11.Connection(h11.CLIENT)
        agent = ("User-Agent", "ELB-HealthChecker/2.0")
        request = h11.Request(method="GET", target=path, headers=[("Host", host), agent])
        super().__init__(first + (self._http.send(request) or b""))
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """Set the status from the response; 0 if it is not HTTP."""
        try:
            self._http.receive_data(data)
            event = self._http.next_event()
        except h11.RemoteProtocolError:
            self._conclude(0)
            return
        if isinstance(event, h11.Response):
            self._conclude(event.status_code)

    def connection_lost(self, exc: Exception | None) -> None:
        """Set the status to 0 if no response has arrived."""
        self._conclude(0)

    def _conclude(self, status: int) -> None:
        if not self.status.done():
            self.status.set_result(status)
