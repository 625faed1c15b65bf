"""Runs on disk: what is written, who may read it, what is kept, and that no disk breaks a run."""

import itertools
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pltui.engine.events import Phase, ResourceObserved, RunFinished, RunMessage, RunStarted, StepDone, StepFailed
from pltui.engine.feed import Feed
from pltui.engine.model import Desired, Ref
from pltui.errors import LabError
from pltui.history import journal, reader
from pltui.history.journal import Journal
from pltui.sandbox.private_folder import PrivateFolder

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
SUBNETS = frozenset({Ref("provider/subnet-1"), Ref("provider/subnet-2", "arn")})
VPC = Desired(
    "provider/vpc",
    "vpc",
    {"cidr": "10.0.0.0/16", "gateway": Ref("provider/igw"), "subnets": SUBNETS, "zones": ["a", "b"]},
    "provider-vpc",
)
ABSENT, READY = ResourceObserved("vpc", state="absent"), ResourceObserved("vpc", id="vpc-1", state="ready")
Complaints = list[str]


def clock() -> Callable[[], str]:
    ticks = itertools.count()
    return lambda: (EPOCH + timedelta(seconds=next(ticks))).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Recorded:
    """A feed whose runs are recorded, and the words for what a lab tells it."""

    def __init__(self, lab: str = "privatelink") -> None:
        self.feed = Feed(clock())
        self.complaints: Complaints = []
        about = {"lab": lab, "target": "sandbox", "region": "eu-west-1", "endpoint": None, "spec": "/specs/lab.yaml"}
        self.journal = Journal(lambda: about, lambda: (VPC,), self.complaints.append)

    def begin(self, verb: str = "reconcile") -> None:
        self.feed.emit("", RunStarted(verb=verb, lab="privatelink", resources=1))

    def observe(self, detail: ResourceObserved, address: str = "provider/vpc") -> None:
        self.feed.emit(address, detail)

    def finish(self, **detail: Any) -> None:
        self.feed.emit("", RunFinished(**{"ok": True, "created": 1, "seconds": 2.5, "message": "1 created", **detail}))

    def whole(self, verb: str = "reconcile", **detail: Any) -> None:
        self.begin(verb)
        self.feed.emit("provider/vpc", StepDone(op="create", id="vpc-1"))
        self.finish(**detail)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(journal.STATE_DIR, str(tmp_path / "state"))
    return tmp_path / "state" / "runs"


@pytest.fixture
def lab() -> Iterator[Recorded]:
    recorded = Recorded()
    with recorded.feed.subscription(recorded.journal.hear):
        yield recorded


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


class TestWriting:
    def test_a_run_is_a_file_from_header_to_summary(self, lab: Recorded, folder: Path) -> None:
        lab.whole()
        (path,) = folder.iterdir()
        header, all_desired, begun, done, finished, summary = lines(path)
        assert header.items() >= {"type": "run", "lab": "privatelink", "verb": "reconcile", "pid": os.getpid()}.items()
        assert header.keys() >= {"id", "target", "region", "endpoint", "spec", "version", "host", "at"}
        assert all_desired["wants"][0]["address"] == "provider/vpc"
        assert [line["phase"] for line in (begun, done, finished)] == ["run", "done", "finished"]
        assert summary.items() >= {"type": "summary", "verb": "reconcile", "lab": "privatelink", "ok": True}.items()

    def test_names_sort_by_time_and_tell_the_run(self, lab: Recorded, folder: Path) -> None:
        lab.whole("reconcile")
        lab.whole("cross-zone")
        names = sorted(path.name for path in folder.iterdir())
        assert names[0].startswith("20260101T000000.000Z-reconcile-privatelink-")
        assert names[1].startswith("20260101T000003.000Z-cross-zone-privatelink-")
        assert all(journal.NAME.fullmatch(name) for name in names)

    def test_a_run_that_writes_nothing_of_the_lab_such_as_opening_is_no_run(self, lab: Recorded, folder: Path) -> None:
        lab.feed.emit("", RunMessage(verb="open", message="starting the sandbox"))
        lab.observe(READY)
        assert not folder.exists()

    def test_each_file_holds_what_was_known_when_it_began(self, lab: Recorded) -> None:
        lab.observe(ABSENT)
        lab.observe(READY)
        lab.whole()
        lab.observe(ABSENT)
        lab.whole("destroy")
        later, earlier = (reader.read(run.id) for run in reader.runs())
        assert [event.detail for event in earlier.known] == [READY]
        assert [event.detail for event in later.known] == [ABSENT]
        assert [event.phase for event in later.events] == [Phase.RUN, Phase.DONE, Phase.FINISHED]

    def test_only_the_user_can_read_them(self, lab: Recorded, folder: Path) -> None:
        lab.whole()
        (path,) = folder.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_an_existing_folder_that_others_may_enter_is_refused_and_not_modified(
        self, lab: Recorded, folder: Path
    ) -> None:
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        lab.whole()
        assert ([*folder.iterdir()], stat.S_IMODE(folder.stat().st_mode)) == ([], 0o755)
        assert "has mode 0755 instead of 0700" in lab.complaints[0]

    def test_no_secret_reaches_the_file(self, lab: Recorded, folder: Path) -> None:
        lab.begin()
        lab.observe(replace(READY, spec={"user_data": "#!/bin/sh hunter2"}))
        lab.feed.emit("a/b", StepFailed(op="create", error="key AKIAIOSFODNN7EXAMPLE is not valid"))
        lab.finish(ok=False, problems=("AKIAIOSFODNN7EXAMPLE",))
        (path,) = folder.iterdir()
        assert not {"hunter2", "AKIAIOSFODNN7EXAMPLE"} & set(path.read_text().replace('"', " ").split())

    def test_two_labs_at_once_have_a_file_each(self, lab: Recorded) -> None:
        other = Recorded("other")
        with other.feed.subscription(other.journal.hear):
            lab.begin()
            other.begin()
            lab.observe(READY)
            other.observe(READY)
            lab.finish(created=7)
            other.finish(created=9)
        assert {run.lab: run.created for run in reader.runs()} == {"privatelink": 7, "other": 9}

    def test_a_look_that_found_all_as_it_was_leaves_no_file(self, lab: Recorded, folder: Path) -> None:
        lab.observe(READY)
        lab.begin()
        lab.finish(created=0)
        assert list(folder.iterdir()) == []

    def test_a_run_that_failed_at_its_first_look_leaves_one(self, lab: Recorded) -> None:
        lab.begin()
        lab.finish(ok=False)
        assert [run.outcome for run in reader.runs()] == ["failed"]


class TestFaults:
    """None of these reaches the run: an exception here would come out of `emit`."""

    def test_an_unwritable_folder_is_told_once(self, lab: Recorded, folder: Path) -> None:
        folder.parent.write_text("not a folder")
        lab.whole()
        lab.whole()
        assert len(lab.complaints) == 1
        assert "not recorded" in lab.complaints[0]
        assert str(folder) in lab.complaints[0]

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
    def test_a_full_disk_is_told_once_and_the_next_run_is_recorded(
        self, lab: Recorded, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def open_full(*_: object) -> int:
            return os.open("/dev/full", os.O_WRONLY)

        with monkeypatch.context() as full:
            full.setattr(PrivateFolder, "open", open_full)
            lab.whole()
            lab.whole()
        assert len(lab.complaints) == 1
        assert "No space left" in lab.complaints[0]
        lab.whole()
        assert [run.outcome for run in reader.runs()] == ["done"]


class TestKeeping:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(journal, "MOST_RUNS", 3)

    def test_the_oldest_go_first(self, lab: Recorded) -> None:
        for number in range(5):
            lab.whole(created=number)
        assert [run.created for run in reader.runs()] == [4, 3, 2]

    def test_their_size_counts_too(self, lab: Recorded, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lab.whole(created=1)
        lab.whole(created=2)
        size = sum(path.stat().st_size for path in folder.iterdir())
        monkeypatch.setattr(journal, "MOST_BYTES", size)
        lab.whole(created=3)
        assert [run.created for run in reader.runs()] == [3, 2]

    def test_one_that_is_being_written_stays(self, lab: Recorded) -> None:
        slow = Recorded("slow")
        with slow.feed.subscription(slow.journal.hear):
            slow.begin()
            for number in range(5):
                lab.whole(created=number)
            assert sorted(run.lab for run in reader.runs()) == ["privatelink", "privatelink", "slow"]

    def test_other_peoples_files_are_left_alone(self, lab: Recorded, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "notes.txt").write_text("mine")
        (folder / "20200101.jsonl").write_text("mine too")
        for _ in range(5):
            lab.whole()
        assert {"notes.txt", "20200101.jsonl"} <= {path.name for path in folder.iterdir()}


class TestOutcomes:
    @pytest.mark.parametrize(
        ("detail", "outcome"),
        [
            ({}, "done"),
            ({"ok": False}, "failed"),
            ({"ok": False, "unfinished": 2}, "failed"),
            ({"ok": False, "interrupted": True}, "interrupted"),
        ],
    )
    def test_how_a_run_ended(self, lab: Recorded, detail: dict[str, Any], outcome: str) -> None:
        lab.whole(**detail)
        (run,) = reader.runs()
        assert (run.outcome, run.seconds) == (outcome, 2.5)

    def test_one_that_goes_on_is_running(self, lab: Recorded) -> None:
        lab.begin()
        lab.observe(READY)
        (run,) = reader.runs()
        assert (run.outcome, run.seconds) == ("running", 1.0)

    def test_one_that_was_left_is_broken_off(self, lab: Recorded) -> None:
        lab.begin()
        lab.journal.close()
        assert [run.outcome for run in reader.runs()] == ["broken off"]

    def test_one_whose_look_failed_ends_where_the_next_begins(self, lab: Recorded) -> None:
        lab.begin()
        lab.whole()
        assert [run.outcome for run in reader.runs()] == ["done", "broken off"]

    def test_one_whose_process_was_killed_is_broken_off(self) -> None:
        program = (
            "import sys, time; from pltui.engine.events import RunStarted; from pltui.engine.feed import Feed;"
            "from pltui.history.journal import Journal; feed = Feed();\n"
            "with feed.subscription(Journal(lambda: {'lab': 'killed'}).hear):\n"
            "    feed.emit('', RunStarted('reconcile', resources=1))\n"
            "    print('begun', flush=True); sys.stdin.read()"
        )
        with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"begun\n"
            assert [run.outcome for run in reader.runs()] == ["running"]
            child.send_signal(signal.SIGKILL)
        (run,) = reader.runs()
        assert (run.lab, run.outcome) == ("killed", "broken off")
        assert [event.phase for event in reader.read("last").events] == [Phase.RUN]


class TestReading:
    def test_there_may_be_none_yet(self) -> None:
        assert reader.runs() == []

    def test_a_run_is_found_by_id_beginning_end_path_or_as_the_last(self, lab: Recorded) -> None:
        lab.whole(created=1)
        lab.whole(created=2)
        last, first = reader.runs()
        for which in (first.id, first.id[:19], first.short, str(first.path)):
            assert reader.read(which).run == first
        assert reader.read("last").run == last

    @pytest.mark.parametrize("which", ["nonsense", "", "20260101T0000", "/no/such.jsonl", "/", "/dev/null"])
    def test_what_names_no_single_run_is_wrong_usage(self, lab: Recorded, which: str) -> None:
        lab.whole()
        lab.whole()
        with pytest.raises(LabError) as raised:
            reader.read(which)
        assert raised.value.code == 2
        assert raised.value.hint

    def test_wants_come_back_as_they_were(self, lab: Recorded) -> None:
        lab.whole()
        assert reader.read("last").all_desired == (VPC,)

    def test_references_are_structured_beside_their_text(self, lab: Recorded, folder: Path) -> None:
        lab.whole()
        (path,) = folder.iterdir()
        (want,) = lines(path)[1]["wants"]
        assert want["spec"]["gateway"] == "(provider/igw id, known after it exists)"
        assert want["references"] == {
            "/gateway": ["provider/igw", "id"],
            "/subnets/0": ["provider/subnet-1", "id"],
            "/subnets/1": ["provider/subnet-2", "arn"],
        }

    def test_only_the_references_that_a_journal_lists_are_some(self, lab: Recorded, folder: Path) -> None:
        lab.whole()
        (path,) = folder.iterdir()
        path.write_text(path.read_text().replace('"/gateway"', '"/nothing"'))
        (want,) = reader.read("last").all_desired
        assert want.spec == {**VPC.spec, "gateway": "(provider/igw id, known after it exists)"}

    def test_references_of_earlier_versions_are_read_from_their_text(self, lab: Recorded, folder: Path) -> None:
        lab.whole()
        (path,) = folder.iterdir()
        header, wants, *rest = lines(path)
        del wants["wants"][0]["references"]
        path.write_text("".join(f"{json.dumps(line)}\n" for line in (header, wants, *rest)))
        assert reader.read("last").all_desired == (VPC,)

    def test_a_want_that_nests_without_end_is_left_out(self, lab: Recorded, folder: Path) -> None:
        lab.whole()
        (path,) = folder.iterdir()
        deep = '{"address": "provider/deep", "kind": "vpc", "name": "", "spec": {"x": ' + "[" * 900 + "]" * 900 + "}}"
        path.write_text(path.read_text().replace('"wants": [', f'"wants": [{deep}, ', 1))
        assert reader.read("last").all_desired == (VPC,)

    @pytest.mark.parametrize("cut", range(1, 60, 7))
    def test_a_half_written_last_line_hides_nothing_else(self, lab: Recorded, folder: Path, cut: int) -> None:
        lab.whole()
        (path,) = folder.iterdir()
        path.write_bytes(path.read_bytes()[:-cut])
        recording = reader.read("last")
        assert len(recording.events) == 3
        assert recording.run.outcome in ("done", "broken off")

    def test_foreign_files_are_no_runs(self, lab: Recorded, folder: Path) -> None:
        lab.whole()
        name = "20270101T000000.000Z-reconcile-x-0000000{}.jsonl".format
        contents = (b"", b"\xff\xfe\n", b"[1]\n", b'{"type": "run", "at": 5}\n', b"[" * 100_000, b'{"type":"run"}\n')
        for number, content in enumerate(contents):
            (folder / name(number)).write_bytes(content)
        os.mkfifo(folder / name(8))
        (folder / name(9)).symlink_to("/dev/zero")
        assert [run.lab for run in reader.runs()] == ["privatelink"]

    def test_events_that_would_trip_a_reader_are_left_out(self, lab: Recorded, folder: Path) -> None:
        lab.begin()
        (path,) = folder.iterdir()
        good = {"type": "event", "seq": 1, "at": "2026-01-01T00:00:00Z", "address": "a", "phase": "done", "detail": {}}
        bad = [
            {"phase": "exploded"}, {"phase": []}, {"at": "yesterday"}, {"at": "2026-01-01T00:00:00"}, {"address": None},
            {"detail": [1]}, {"detail": {"op": ["create"]}}, {"phase": "blocked", "detail": {"by": 5}},
            {"phase": "planned", "detail": {"changes": ["x"]}}, {"phase": "observed", "detail": {"spec": 7}},
            {"phase": "finished", "detail": {"created": True}}, {"seq": None},
        ]  # fmt: skip
        with path.open("a") as file:
            file.writelines(json.dumps({**good, **each}) + "\n" for each in (*bad, {}))
        assert [event.address for event in reader.read("last").events] == ["", "a"]

    def test_a_list_reads_only_the_ends_of_a_huge_file(self, lab: Recorded, folder: Path) -> None:
        lab.whole()
        (path,) = folder.iterdir()
        *most, summary = path.read_bytes().splitlines(keepends=True)
        with path.open("wb") as file:
            file.writelines(most)
            file.seek(4 * 2**30)  # a hole: to read it all would take gigabytes
            file.write(b"\n" + summary)
        assert [(run.outcome, run.created) for run in reader.runs()] == [("done", 1)]
        assert len(reader.read("last").events) == 3
