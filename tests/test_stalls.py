"""The monitor itself: it names what held up the loop, and nothing else."""

import asyncio
import json
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
    (stall,) = stalls.found
    assert stall.where.startswith("_work (test_stalls.py:")
    assert "_blocks (test_stalls.py:" in stall.where
    assert "1 over 50 ms" in stalls.told()


def test_of_what_a_library_does_the_caller_is_named_too() -> None:
    async def main() -> None:
        for _ in range(40):
            json.dumps([[n] * 50 for n in range(800)], indent=1)

    with watching() as stalls:
        asyncio.run(main())
    (stall,) = stalls.found
    assert ".main (test_stalls.py:" in stall.where


def test_waiting_holds_up_nobody() -> None:
    with watching() as stalls:
        asyncio.run(_waits())
    assert stalls.found == []
