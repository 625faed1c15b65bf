"""Leaving in time, whatever hangs."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable

# Together below the two seconds that are promised.
CLOSE_SECONDS = 1.0
LAST_RESORT_SECONDS = 1.6
RESTORE_SECONDS = 0.2


async def bounded(closing: Awaitable[None], seconds: float = CLOSE_SECONDS) -> None:
    """Wait for `closing` no longer than `seconds`; a task that will not be cancelled is left behind."""
    task = asyncio.ensure_future(closing)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.cancel()
    elif not task.cancelled():
        task.exception()  # leaving anyway: taken, so that asyncio does not print it over the shell's prompt


def last_resort(restore: Callable[[], None], code: int, seconds: float = LAST_RESORT_SECONDS) -> None:
    """End the process after `seconds`, terminal restored: a thread that hangs would otherwise hold the interpreter."""

    def end() -> None:
        # A terminal that is gone takes nothing, and who writes to it waits for ever.
        restoring = threading.Thread(target=restore, daemon=True)
        restoring.start()
        restoring.join(RESTORE_SECONDS)
        os._exit(code)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def on_signals(leave: Callable[[], None]) -> None:
    """Leave in order, with the terminal restored, when asked to by the system. Call inside the loop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leave)
