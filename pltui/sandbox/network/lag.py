"""Settings that traffic follows only a while after the API shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pltui.reach.world import World
from pltui.sandbox.clock import Clock

# How long, in AWS seconds, nodes go on with the old cross-zone value. AWS says no more than that the change is not
# immediate; seconds to two minutes are seen.
CROSS_ZONE_LAG = 5.0


@dataclass(frozen=True, slots=True)
class _Pending:
    in_force: bool | None
    shown: bool | None
    since: float


class Lag:
    """Turns the world the API shows into the one in force."""

    def __init__(self, clock: Clock, delay: float = CROSS_ZONE_LAG) -> None:
        self._clock = clock
        self._delay = delay
        self._switches: dict[str, _Pending] = {}

    def apply(self, world: World) -> World:
        """`world` with each cross-zone switch as nodes have it; what is seen for the first time is in force at once."""
        shown: dict[str, bool | None] = {arn: each.cross_zone for arn, each in world.load_balancers.items()}
        shown |= {arn: each.cross_zone for arn, each in world.target_groups.items()}
        self._switches = {arn: self._advance(arn, value) for arn, value in shown.items()}
        balancers = {
            arn: replace(each, cross_zone=bool(self._switches[arn].in_force))
            for arn, each in world.load_balancers.items()
        }
        groups = {
            arn: replace(each, cross_zone=self._switches[arn].in_force) for arn, each in world.target_groups.items()
        }
        return replace(world, load_balancers=balancers, target_groups=groups)

    def next_change(self) -> float | None:
        """The AWS time at which `apply` will give another result for the same world."""
        due = [each.since + self._delay for each in self._switches.values() if each.in_force != each.shown]
        return min(due, default=None)

    def _advance(self, arn: str, shown: bool | None) -> _Pending:
        now = self._clock.now()
        was = self._switches.get(arn)
        if was is None:
            return _Pending(shown, shown, now)
        if was.shown != shown:
            was = _Pending(was.in_force, shown, now)
        if was.in_force != was.shown and self._clock.elapsed(was.since, self._delay):
            return replace(was, in_force=shown)
        return was
