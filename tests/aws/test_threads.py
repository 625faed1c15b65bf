"""Threads that never keep the interpreter alive."""

import asyncio
import gc
import subprocess
import sys
import threading
import time

import pytest

from pltui.aws.threads import DaemonPool


async def test_at_most_so_many_run_at_once_and_all_are_run() -> None:
    pool, lock, running, most = DaemonPool(3), threading.Lock(), 0, 0
    together = threading.Barrier(3)

    def job() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(20)
        with lock:
            running -= 1

    await asyncio.gather(*(pool.run(job) for _ in range(12)))
    assert most == 3


async def test_jobs_are_begun_in_the_order_they_were_asked_for() -> None:
    pool, order = DaemonPool(1), list[int]()
    await asyncio.gather(*(pool.run(lambda n=n: order.append(n)) for n in range(20)))  # type: ignore[misc]
    assert order == list(range(20))


async def test_an_answer_and_an_error_come_back_to_who_asked() -> None:
    pool = DaemonPool(2)

    def fail() -> None:
        raise KeyError("odd")

    assert await pool.run(lambda: 42) == 42
    with pytest.raises(KeyError, match="odd"):
        await pool.run(fail)
    assert await pool.run(lambda: "still there") == "still there"


async def test_a_waiter_that_is_cancelled_lets_the_call_go_on_and_the_pool_stays_usable() -> None:
    pool, begun, go, ended = DaemonPool(1), threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go.wait(20)
        ended.set()

    task = asyncio.create_task(pool.run(slow))
    assert await asyncio.to_thread(begun.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go.set()
    assert await pool.run(lambda: "next") == "next"
    assert ended.is_set()


async def test_idle_threads_are_used_again() -> None:
    pool, used = DaemonPool(8), set[int]()
    for _ in range(20):
        await pool.run(lambda: used.add(threading.get_ident()))
        await asyncio.sleep(0.001)
    assert len(used) < 8


HANGING = """
import asyncio, threading
from pltui.aws.threads import DaemonPool

async def main():
    task = asyncio.create_task(DaemonPool(2).run(threading.Event().wait))
    await asyncio.sleep(0.05)
    task.cancel()
    print("leaving", flush=True)

asyncio.run(main())
"""


def test_a_call_that_hangs_does_not_hold_up_the_end_of_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "leaving\n", "")


async def test_threads_end_with_the_pool_they_work_for() -> None:
    before = set(threading.enumerate())
    pool = DaemonPool(4)
    await asyncio.gather(*(pool.run(lambda: time.sleep(0.01)) for _ in range(8)))
    mine = set(threading.enumerate()) - before
    assert mine
    del pool
    gc.collect()
    for thread in mine:
        thread.join(20)
        assert not thread.is_alive()


async def test_what_waits_for_its_turn_is_not_begun_once_nobody_waits_for_it() -> None:
    pool, began, go_on = DaemonPool(1), list[int](), threading.Event()
    first = asyncio.ensure_future(pool.run(go_on.wait))
    second = asyncio.ensure_future(pool.run(lambda: began.append(2)))
    await asyncio.sleep(0)
    second.cancel()
    go_on.set()
    await first
    await pool.run(lambda: began.append(3))
    assert began == [3]
