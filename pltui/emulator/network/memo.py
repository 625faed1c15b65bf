"""What was worked out from one world and one health, and holds for as long as they do."""

from __future__ import annotations

from typing import Generic, TypeVar

from pltui.reachability.world import Health, NetworkModel

# Somebody who asks for all names, or tries all ports of all machines, must not fill the memory.
_MOST = 4096

K = TypeVar("K")
V = TypeVar("V")


class Cached(Generic[K, V]):
    def __init__(self) -> None:
        self._world: NetworkModel | None = None
        self._health: Health | None = None
        self._known: dict[K, V] = {}

    def of(self, world: NetworkModel, health: Health) -> dict[K, V]:
        """What is known of just these two, which are compared by identity; empty when either is another than before."""
        if world is not self._world or health is not self._health or len(self._known) >= _MOST:
            self._world, self._health, self._known = world, health, {}
        return self._known
