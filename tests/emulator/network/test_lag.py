"""Settings that traffic follows only a while after the API shows them."""

from dataclasses import replace

import pytest

from pltui.emulator.clock import Clock
from pltui.emulator.network.lag import Lag
from pltui.reachability.load_balancer import Listener
from pltui.reachability.world import NetworkModel
from tests.builders.networks import GROUP
from tests.emulator.network.wire import world


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def switched(one: NetworkModel) -> NetworkModel:
    return replace(one, load_balancers={"nlb": replace(one.load_balancers["nlb"], cross_zone=True)})


def overridden(one: NetworkModel) -> NetworkModel:
    return replace(one, target_groups={**one.target_groups, GROUP: replace(one.target_groups[GROUP], cross_zone=True)})


def drained(one: NetworkModel) -> NetworkModel:
    group = one.target_groups[GROUP]
    targets = (replace(group.targets[0], draining=True), *group.targets[1:])
    return replace(one, target_groups={**one.target_groups, GROUP: replace(group, targets=targets)})


def repointed(one: NetworkModel) -> NetworkModel:
    balancer = replace(one.load_balancers["nlb"], listeners=(Listener(80, "TCP", "new"),))
    return replace(one, load_balancers={"nlb": balancer})


def with_a_new_group(one: NetworkModel) -> NetworkModel:
    return replace(one, target_groups={**one.target_groups, "new": replace(one.target_groups[GROUP], arn="new")})


@pytest.mark.fidelity(
    "Traffic follows a change of a load balancer only after a while, though the API shows it at once",
    source="seen: aws/containers-roadmap#470, a listener with a new target group fed the old one for over a minute",
)
@pytest.mark.parametrize("change", [switched, overridden, drained, repointed])
def test_a_change_is_in_force_only_after_a_while(change: object) -> None:
    assert callable(change)
    time = Time()
    lag = Lag(Clock(1.0, time), 5.0)
    before = with_a_new_group(world())
    after = change(before)
    assert lag.apply(before) == before
    assert lag.next_change() is None
    time.now = 100
    assert lag.apply(after) == before
    assert lag.next_change() == 105
    time.now = 104.9
    assert lag.apply(after) == before
    time.now = 105
    assert lag.apply(after) == after
    assert lag.next_change() is None


def test_a_change_taken_back_in_time_never_was() -> None:
    time = Time()
    lag = Lag(Clock(1.0, time), 5.0)
    before = world()
    lag.apply(before)
    lag.apply(switched(before))
    time.now = 3
    assert lag.apply(before) == before
    time.now = 100
    assert lag.apply(before) == before


def test_what_is_new_is_in_force_at_once() -> None:
    lag = Lag(Clock(1.0, Time()), 5.0)
    assert lag.apply(NetworkModel()) == NetworkModel()
    assert lag.apply(switched(world())) == switched(world())


def test_a_target_group_that_is_gone_is_fed_no_longer() -> None:
    lag = Lag(Clock(1.0, Time()), 5.0)
    lag.apply(with_a_new_group(world()))
    after = repointed(with_a_new_group(world()))
    gone = replace(after, target_groups={"new": after.target_groups["new"]})
    assert lag.apply(gone) == gone
