"""An event loop whose clock jumps to the next timer, so that minutes of waiting pass at once."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class StandstillError(AssertionError):
    """Nothing is ready and no timer is set: the code under test would wait for ever."""


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting for a timer, moves the clock to it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise StandstillError("the loop would sleep for ever")
        self.now += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Knows no sockets and no threads: only tasks and timers."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run(main: Coroutine[Any, Any, T]) -> T:
    """`main`'s result, reached in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def virtual_time() -> dict[str, Callable[[], VirtualLoop]]:
    """The hook `pytest_asyncio_loop_factories` of a folder whose asynchronous tests run in virtual time."""
    return {"virtual": VirtualLoop}
