"""The feed: every event once, in order, for those who come early and for those who come late."""

from __future__ import annotations

from pltui.engine.events import KEPT, Feed
from pltui.engine.model import Event, Phase


def test_who_comes_late_hears_what_has_been_and_then_what_comes() -> None:
    feed, heard = Feed(), list[Event]()
    feed.emit("a", Phase.STARTED)
    with feed.subscription(heard.append):
        feed.emit("b", Phase.DONE)
    feed.emit("c", Phase.DONE)
    assert [(event.seq, event.address) for event in heard] == [(1, "a"), (2, "b")]


def test_a_feed_keeps_only_the_latest_events_and_counts_on() -> None:
    feed, early, late = Feed(lambda: "2026-01-01T00:00:00Z"), list[int](), list[int]()
    with feed.subscription(lambda event: early.append(event.seq)):
        for _ in range(KEPT + 10):
            feed.emit("a", Phase.OBSERVED)
    with feed.subscription(lambda event: late.append(event.seq)):
        pass
    assert early == list(range(1, KEPT + 11))
    assert late == early[10:]
