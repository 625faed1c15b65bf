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
        self._known: dict[str, tuple[float, str | None]] = {}  # address -> start of its last observation, and id

    async def find(self, addresses: Collection[str], max_age_s: float = 0.0) -> dict[str, str]:
        """Return address -> id of those that exist, by an observation that started at most `max_age_s` ago.

        Raises:
            LabError: If the observation fails.
        """
        if max_age_s and self._are_known(addresses, asyncio.get_running_loop().time() - max_age_s):
            known = {address: self._known[address][1] for address in addresses}
            return {address: identity for address, identity in known.items() if identity is not None}
        if self._next is None:
            # An observation reads whole types: what was asked for before costs nothing more.
            wanted: set[str] = set(self._known)
            self._next = wanted, asyncio.create_task(self._observe(wanted))
            self._next[1].add_done_callback(lambda task: task.cancelled() or task.exception())  # callers may be gone
        wanted, task = self._next
        wanted.update(addresses)
        found = await asyncio.shield(task)  # others may wait for it, too
        return {address: found[address] for address in addresses if address in found}

    async def _observe(self, wanted: set[str]) -> Mapping[str, str]:
        async with self._looking:  # callers that come meanwhile join this one
            self._next = None
            began = asyncio.get_running_loop().time()
            found = await self._look(wanted)
            self._known |= {address: (began, found.get(address)) for address in wanted}
            return found

    def _are_known(self, addresses: Collection[str], since: float) -> bool:
        return all(address in self._known and self._known[address][0] >= since for address in addresses)
