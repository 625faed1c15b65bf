"""Cache of values derived from one network model and one health state, valid as long as both are current."""

from __future__ import annotations

from typing import Generic, TypeVar

from pltui.reachability.load_balancer import Health
from pltui.reachability.world import NetworkModel

# A client that queries many names, or tries all ports of all machines, must not fill the memory.
_MOST = 4096

K = TypeVar("K")
V = TypeVar("V")


class Cached(Generic[K, V]):
    """Cache for one model and health state at a time."""

    def __init__(self) -> None:
        self._world: NetworkModel | None = None
        self._health: Health | None = None
        self._known: dict[K, V] = {}

    def of(self, world: NetworkModel, health: Health) -> dict[K, V]:
        """The cached values for this model and health, which are compared by identity; empty if either has changed."""
        if world is not self._world or health is not self._health or len(self._known) >= _MOST:
            self._world, self._health, self._known = world, health, {}
        return self._known
