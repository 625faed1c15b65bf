"""The monitor itself: it names what held up the loop, and nothing else."""

from __future__ import annotations

import asyncio
import time

from tests.stalls import watching


def _work(seconds: float) -> None:
    """Take so much of the thread's own time."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def _blocks() -> None:
    await asyncio.sleep(0)
    _work(0.08)
    await asyncio.sleep(0.01)


async def _waits() -> None:
    await asyncio.sleep(0.2)


def test_what_holds_up_the_loop_is_named_with_its_place() -> None:
    async def main() -> None:
        await asyncio.gather(_blocks(), _waits())

    with watching() as stalls:
        asyncio.run(main())
    assert [stall.where.split(": ")[1].split(" line")[0] for stall in stalls.found] == ["_blocks"]
    assert "1 over 50 ms" in stalls.told()


def test_waiting_holds_up_nobody() -> None:
    with watching() as stalls:
        asyncio.run(_waits())
    assert stalls.found == []
