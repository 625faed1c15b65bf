"""Read side of a connection with a deadline for a whole message, which a peer that sends single bytes meets too."""

import io
import socket
import time
from collections.abc import Callable


class TimedStream(io.RawIOBase):
    """Raw stream over a socket; a read past the deadline raises `TimeoutError`."""

    def __init__(self, connection: socket.socket, now: Callable[[], float] = time.monotonic) -> None:
        self._connection, self._now = connection, now
        self._deadline = float("inf")

    def allow(self, seconds: float) -> None:
        """Set the deadline for all that is read from here on."""
        self._deadline = self._now() + seconds
        self._connection.settimeout(seconds)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        """Read what has arrived, at least a byte, or nothing at the end.

        Raises:
            TimeoutError: If the deadline has passed.
        """
        left = self._deadline - self._now()
        if left <= 0:
            raise TimeoutError("the peer is too slow")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)
