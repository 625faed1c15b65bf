"""How long each resource took to create, from the lab's recorded runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pltui.engine.events import Detail, Event, RunFinished, RunStarted, StepDone, StepFailed, StepStarted, StepWaiting
from pltui.engine.feed import Feed
from pltui.history.journal import Journal
from pltui.report.model import Timed
from pltui.report.timings import creation, timed_creations

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def event(second: float, address: str, detail: Detail) -> Event:
    return Event(1, (BEGUN + timedelta(seconds=second)).isoformat(), address, detail)


def test_a_creation_lasts_from_its_call_until_the_resource_works() -> None:
    told = [
        event(1, "provider/load-balancer", StepStarted(op="create", kind="load_balancer")),
        event(1, "provider/vpc", StepStarted(op="create", kind="vpc")),
        event(1.5, "provider/vpc", StepDone(op="create")),
        event(2, "provider/load-balancer", StepWaiting(op="create", status="provisioning")),
        event(121, "provider/load-balancer", StepDone(op="create")),
    ]
    assert timed_creations(told) == (
        Timed("provider/load-balancer", "load_balancer", 120.0),
        Timed("provider/vpc", "vpc", 0.5),
    )


def test_what_was_changed_deleted_or_failed_is_no_creation() -> None:
    told = [
        event(1, "provider/vpc", StepStarted(op="update")),
        event(2, "provider/vpc", StepDone(op="update")),
        event(1, "provider/server-1", StepStarted(op="create")),
        event(2, "provider/server-1", StepFailed(op="create", error="no capacity")),
        event(3, "consumer/vpc", StepDone(op="create")),
    ]
    assert timed_creations(told) == ()


def test_one_that_was_tried_again_lasts_from_its_last_call() -> None:
    told = [
        event(1, "provider/vpc", StepStarted(op="create", kind="vpc")),
        event(2, "provider/vpc", StepFailed(op="create")),
        event(10, "provider/vpc", StepStarted(op="create", kind="vpc")),
        event(11, "provider/vpc", StepDone(op="create")),
    ]
    assert timed_creations(told) == (Timed("provider/vpc", "vpc", 1.0),)


class TestRecorded:
    @pytest.fixture(autouse=True)
    def _apart(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PLTUI_STATE_DIR", str(tmp_path))
        self.second = 0

    def clock(self) -> str:
        self.second += 1
        return (BEGUN + timedelta(seconds=self.second)).isoformat(timespec="milliseconds")

    def record(self, address: str = "provider/vpc", *, created: int = 1, **about: str) -> None:
        journal = Journal(lambda: {"lab": "shop", "target": "sandbox", "region": "eu-west-1", **about})
        feed = Feed(self.clock)
        with feed.subscription(journal.hear):
            feed.emit("", RunStarted(verb="reconcile", resources=1))
            feed.emit(address, StepStarted(op="create" if created else "update", kind="vpc"))
            feed.emit(address, StepDone(op="create" if created else "update"))
            feed.emit("", RunFinished(ok=True, created=created, seconds=3.0))
        journal.close()

    def found(self) -> list[str]:
        made = creation("shop", "sandbox", "eu-west-1")
        return [each.address for each in made.resources] if made else []

    def test_the_newest_run_that_created_something_counts(self) -> None:
        self.record("provider/vpc")
        self.record("consumer/vpc")
        self.record("provider/vpc", created=0)
        assert self.found() == ["consumer/vpc"]

    def test_of_this_lab_on_this_target_in_this_region(self) -> None:
        self.record()
        for about in ({"lab": "other"}, {"target": "aws"}, {"region": "us-east-1"}):
            self.record("consumer/vpc", **about)
        assert self.found() == ["provider/vpc"]

    def test_without_any_there_is_nothing_to_tell(self) -> None:
        assert self.found() == []
        assert creation("shop", "sandbox", "eu-west-1") is None

    def test_one_that_cannot_be_read_is_passed_over(self, tmp_path: Path) -> None:
        self.record()
        self.record("consumer/vpc")
        (newest,) = [path for path in (tmp_path / "runs").iterdir() if "consumer/vpc" in path.read_text()]
        lines = newest.read_text().splitlines()
        newest.write_text("\n".join([lines[0], "{broken", lines[-1]]))
        assert self.found() == ["provider/vpc"]
