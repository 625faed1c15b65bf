"""Feed of events: append-only; any number of subscribers replay it and then follow."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator

from pltui.engine.events import Detail, Event
from pltui.text import timestamp

Subscriber = Callable[[Event], None]

# Bounded for a lab watched for days; the events of some hundred runs.
KEPT = 20_000


class Feed:
    """Events in their order; the last `KEPT` are kept for later subscribers.

    Subscribers are called at once, on the emitter's thread (the event loop's).
    """

    def __init__(self, clock: Callable[[], str] = timestamp) -> None:
        self._clock = clock
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._count = 0
        self._subscribers: list[Subscriber] = []

    def emit(self, address: str, detail: Detail) -> Event:
        """Append an event and pass it to all subscribers."""
        self._count += 1
        event = Event(self._count, self._clock(), address, detail)
        self._events.append(event)
        for subscriber in tuple(self._subscribers):
            subscriber(event)
        return event

    @contextlib.contextmanager
    def subscription(self, subscriber: Subscriber) -> Iterator[None]:
        """Replay past events, then follow new ones until the block ends."""
        for event in tuple(self._events):
            subscriber(event)
        self._subscribers.append(subscriber)
        try:
            yield
        finally:
            self._subscribers.remove(subscriber)
