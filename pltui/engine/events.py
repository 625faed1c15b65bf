"""The engine's only voice: an append-only feed that any number of subscribers replay and then follow."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pltui.engine.model import Event, Phase

Subscriber = Callable[[Event], None]

# A lab watched for days must not grow; this is some hundred runs' worth.
KEPT = 20_000


def now() -> str:
    """The time, in RFC 3339."""
    return rfc3339(datetime.now(UTC))


def rfc3339(moment: datetime) -> str:
    """In UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Feed:
    """Events in the order they happened, the last `KEPT` of them kept for who comes later.

    Subscribers are called at once, on the emitter's thread (the event loop's).
    """

    def __init__(self, clock: Callable[[], str] = now) -> None:
        self._clock = clock
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._count = 0
        self._subscribers: list[Subscriber] = []

    def emit(self, address: str, phase: Phase, detail: Mapping[str, Any] | None = None) -> Event:
        self._count += 1
        event = Event(self._count, self._clock(), address, phase, detail or {})
        self._events.append(event)
        for subscriber in tuple(self._subscribers):
            subscriber(event)
        return event

    @contextlib.contextmanager
    def subscribed(self, subscriber: Subscriber) -> Iterator[None]:
        """Replay what has been, follow what comes, until the block ends."""
        for event in tuple(self._events):
            subscriber(event)
        self._subscribers.append(subscriber)
        try:
            yield
        finally:
            self._subscribers.remove(subscriber)
