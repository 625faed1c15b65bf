"""Ids of resources by address, for many callers at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping


class SharedLookup:
    """Lookup in which concurrent callers share an observation: 100 probes that start cause one or two, not 100.

    `look` observes addresses and returns address -> id of those that exist.
    """

    def __init__(self, look: Callable[[Collection[str]], Awaitable[Mapping[str, str]]]) -> None:
        self._look = look
        self._looking = asyncio.Lock()
        self._next: tuple[set[str], asyncio.Task[Mapping[str, str]]] | None = None

    async def find(self, addresses: Collection[str]) -> dict[str, str]:
        """Return address -> id of those that exist, by an observation that starts after this call.

        Raises:
            LabError: If the observation fails.
        """
        if self._next is None:
            wanted: set[str] = set()
            self._next = wanted, asyncio.create_task(self._observe(wanted))
            self._next[1].add_done_callback(lambda task: task.cancelled() or task.exception())  # callers may be gone
        wanted, task = self._next
        wanted.update(addresses)
        found = await asyncio.shield(task)  # others may wait for it, too
        return {address: found[address] for address in addresses if address in found}

    async def _observe(self, wanted: set[str]) -> Mapping[str, str]:
        async with self._looking:  # callers that come meanwhile join this one
            self._next = None
            return await self._look(wanted)
