"""Health checks: thresholds, states and matchers, against a fabric of the test's own."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pltui.emulator.clock import Clock
from pltui.emulator.health_board import TargetHealthBoard
from pltui.emulator.network.connections import Registry
from pltui.emulator.network.fabric import BlockedError, LoopbackFabric
from pltui.emulator.network.health_checks import Checker, admits, subjects
from pltui.emulator.network.webserver import WebServer
from pltui.emulator.user_data.site import Site
from pltui.reachability.codes import Verdict
from pltui.reachability.load_balancer import HealthCheck, LoadBalancer, Node
from pltui.reachability.world import Instance, NetworkModel
from tests.builders.networks import GROUP
from tests.emulator.network import wire

KEY = (GROUP, "i-0", 80)


class Wires:
    """A fabric where `up` decides; it counts the checks made."""

    def __init__(self) -> None:
        self.up = True
        self.made = 0
        self.changed = asyncio.Event()

    async def check(
        self, balancer: LoadBalancer, node: Node, server: Instance, port: int, factory: Callable[[], asyncio.Protocol]
    ) -> asyncio.Protocol:
        self.made += 1
        self.changed.set()
        self.changed.clear()
        if not self.up:
            raise BlockedError(Verdict.REFUSED, "down")
        protocol = factory()
        protocol.connection_made(Closable())
        return protocol

    async def reach(self, count: int) -> None:
        while self.made < count:
            await self.changed.wait()


class Verdicts(TargetHealthBoard):
    """Tells when the first target is past its initial state."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    def set(self, target_group_arn: str, target_id: str, port: int, state: str, *words: str | None) -> None:
        super().set(target_group_arn, target_id, port, state, *words)
        if state != "initial":
            self.reached.set()


class Closable(asyncio.Transport):
    def close(self) -> None:
        pass


def world(check: HealthCheck) -> NetworkModel:
    one = wire.world(("az1",))
    return replace(one, target_groups={GROUP: replace(one.target_groups[GROUP], check=check)})


@pytest.mark.fidelity(
    "A target changes its state only after as many consecutive results as its threshold says",
    source="elbv2 API reference, CreateTargetGroup, HealthyThresholdCount, UnhealthyThresholdCount",
)
async def test_a_target_changes_state_only_after_its_threshold() -> None:
    wires, board, clock = Wires(), TargetHealthBoard(), Clock(math.inf)
    checker = Checker(wires, clock, board)  # type: ignore[arg-type]
    checker.update(world(HealthCheck(healthy_threshold=3, unhealthy_threshold=2)))
    assert board.get(*KEY) == ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
    task = asyncio.create_task(checker.run())
    await wires.reach(2)
    assert checker.health[KEY] == "initial"
    await wires.reach(4)
    assert board.get(*KEY) == ("healthy", None, None)
    wires.up = False
    failed_from = wires.made
    await wires.reach(failed_from + 1)
    assert checker.health[KEY] == "healthy"
    await wires.reach(failed_from + 3)
    assert board.get(*KEY) == ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
    task.cancel()


async def test_a_target_that_was_registered_again_counts_from_the_beginning() -> None:
    """The registration drops its result. The network may not have seen that it was deregistered for a moment."""
    wires, board = Wires(), TargetHealthBoard()
    checker = Checker(wires, Clock(math.inf), board)  # type: ignore[arg-type]
    checker.update(world(HealthCheck(healthy_threshold=2, unhealthy_threshold=2)))
    task = asyncio.create_task(checker.run())
    await wires.reach(3)
    assert checker.health[KEY] == "healthy"
    wires.up = False
    board.forget(*KEY)
    made = wires.made
    await wires.reach(made + 1)
    assert checker.health[KEY] == "initial"
    assert board.get(*KEY) == ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
    await wires.reach(made + 3)
    assert checker.health[KEY] == "unhealthy"
    task.cancel()


@pytest.mark.fidelity(
    "An HTTP health check asks for its path and wants a status its matcher holds",
    source="elbv2 API reference, CreateTargetGroup, HealthCheckPath, Matcher",
)
@pytest.mark.parametrize(("path", "state"), [("/", "healthy"), ("/missing", "unhealthy")])
async def test_an_http_check_asks_the_server_for_its_path(path: str, state: str) -> None:
    one = world(HealthCheck("HTTP", path=path, healthy_threshold=2, unhealthy_threshold=2))
    fabric = LoopbackFabric(lambda: (one, {}), Registry(Clock(math.inf)))
    await fabric.serve({("i-0", 80): WebServer(Site.of(b"hello"))})
    board = Verdicts()
    checker = Checker(fabric, Clock(math.inf), board)
    checker.update(one)
    task = asyncio.create_task(checker.run())
    await asyncio.wait_for(board.reached.wait(), 10)
    assert checker.health[KEY] == state
    task.cancel()
    await fabric.serve({})


@pytest.mark.fidelity(
    "A stopped target is unused, and its health checks start again from initial once it runs",
    source="elbv2 API reference, TargetHealth, Target.InvalidState",
)
async def test_a_stopped_machine_is_unused_and_starts_anew() -> None:
    board = TargetHealthBoard()
    checker = Checker(Wires(), Clock(math.inf), board)  # type: ignore[arg-type]
    running = world(HealthCheck())
    stopped = replace(
        running, instances={**running.instances, "i-0": replace(running.instances["i-0"], state="stopped")}
    )
    for seen, state in ((running, "initial"), (stopped, "unused"), (running, "initial")):
        checker.update(seen)
        row = board.get(*KEY)
        assert row is not None
        assert row.state == state


def test_only_what_may_get_traffic_is_checked() -> None:
    everywhere = wire.world()
    balancer, group = everywhere.load_balancers["nlb"], everywhere.target_groups[GROUP]
    assert {each.target.id for each in subjects(everywhere)} == {"i-0", "i-1", "i-2"}
    one_zone = replace(balancer, nodes=balancer.nodes[1:2])
    assert {each.target.id for each in subjects(replace(everywhere, load_balancers={"nlb": one_zone}))} == {"i-1"}
    draining = replace(group, targets=(replace(group.targets[0], draining=True), *group.targets[1:]))
    assert {each.target.id for each in subjects(replace(everywhere, target_groups={GROUP: draining}))} == {"i-1", "i-2"}
    for without in (replace(balancer, listeners=()), replace(balancer, state="provisioning")):
        assert list(subjects(replace(everywhere, load_balancers={"nlb": without}))) == []
    assert all(isinstance(each.node.address, IPv4Address) for each in subjects(everywhere))


@pytest.mark.parametrize(
    ("matcher", "status", "expected"),
    [
        ("200", 200, True),
        ("200", 404, False),
        ("200-399", 302, True),
        ("200,404", 404, True),
        ("200-204,300", 250, False),
    ],
)
def test_a_matcher_is_codes_and_ranges(matcher: str, status: int, expected: bool) -> None:
    assert admits(HealthCheck("HTTP", matcher=matcher), status) is expected


@pytest.mark.parametrize(
    ("known", "state"), [("healthy", "healthy"), ("unhealthy", "unhealthy"), ("draining", "initial")]
)
def test_a_new_checker_goes_on_from_what_is_known(known: str, state: str) -> None:
    """As when a saved lab is loaded."""
    board = TargetHealthBoard()
    board.set(*KEY, known)
    checker = Checker(Wires(), Clock(math.inf), board)  # type: ignore[arg-type]
    checker.update(world(HealthCheck()))
    row = board.get(*KEY)
    assert row is not None
    assert (row.state, checker.health[KEY]) == (state, state)
