"""Propagation delay of settings: traffic follows them only some time after the API shows them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from pltui.emulator.clock import Clock
from pltui.reachability.load_balancer import LoadBalancer, TargetGroup
from pltui.reachability.world import NetworkModel

# AWS seconds for which nodes use the old setting. AWS documents only that such changes are not immediate; seconds to
# two minutes are observed: for the cross-zone switch, for a listener's target group, and until a target that is being
# deregistered gets no new connections.
PROPAGATION = 5.0

Setting: TypeAlias = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class _Pending:
    in_force: Any
    shown: Any
    since: float


class Lag:
    """Derives the model in force from the model that the API shows."""

    def __init__(self, clock: Clock, delay: float = PROPAGATION) -> None:
        self._clock = clock
        self._delay = delay
        self._settings: dict[Setting, _Pending] = {}

    def apply(self, world: NetworkModel) -> NetworkModel:
        """`world` with each setting as nodes have it; a setting seen for the first time is in force at once."""
        self._settings = {setting: self._advance(setting, value) for setting, value in _shown_settings(world)}
        return replace(
            world,
            load_balancers={arn: self._balancer(world, each) for arn, each in world.load_balancers.items()},
            target_groups={arn: self._group(each) for arn, each in world.target_groups.items()},
        )

    def next_change(self) -> float | None:
        """The AWS time at which `apply` will return another result for the same model; None if it will not."""
        due = [each.since + self._delay for each in self._settings.values() if each.in_force != each.shown]
        return min(due, default=None)

    def _balancer(self, world: NetworkModel, balancer: LoadBalancer) -> LoadBalancer:
        listeners = []
        for each in balancer.listeners:
            group = self._in_force("listener", balancer.arn, each.port)
            # A deleted group gets no more connections.
            listeners.append(replace(each, target_group=group) if group in world.target_groups else each)
        return replace(balancer, cross_zone=self._in_force("cross-zone", balancer.arn), listeners=tuple(listeners))

    def _group(self, group: TargetGroup) -> TargetGroup:
        targets = tuple(
            replace(each, draining=self._in_force("draining", group.arn, each.id, each.port)) for each in group.targets
        )
        return replace(group, cross_zone=self._in_force("cross-zone", group.arn), targets=targets)

    def _in_force(self, *setting: Hashable) -> Any:
        return self._settings[setting].in_force

    def _advance(self, setting: Setting, shown: Any) -> _Pending:
        now = self._clock.now()
        was = self._settings.get(setting)
        if was is None:
            return _Pending(shown, shown, now)
        if was.shown != shown:
            was = _Pending(was.in_force, shown, now)
        if was.in_force != was.shown and self._clock.has_elapsed(was.since, self._delay):
            return replace(was, in_force=shown)
        return was


def _shown_settings(world: NetworkModel) -> Iterator[tuple[Setting, Any]]:
    for balancer in world.load_balancers.values():
        yield ("cross-zone", balancer.arn), balancer.cross_zone
        for listener in balancer.listeners:
            yield ("listener", balancer.arn, listener.port), listener.target_group
    for group in world.target_groups.values():
        yield ("cross-zone", group.arn), group.cross_zone
        for target in group.targets:
            yield ("draining", group.arn, target.id, target.port), target.draining
