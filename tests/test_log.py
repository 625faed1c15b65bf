"""`pltui log`: what people and scripts read of recorded runs. The runs are real ones of the sandbox's format."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pltui.aws.settings import Settings
from pltui.cli.main import main
from pltui.cli.output import format_event
from pltui.cli.run_journal import record_runs
from pltui.engine.events import Event, RunFinished, RunStarted, StepDone, StepFailed, StepStarted
from pltui.engine.feed import Feed
from pltui.history import journal
from pltui.history.journal import Journal
from pltui.lab.session import Lab
from pltui.spec import load
from tests.builders.fake_lab import FakeLab

FAILURE = StepFailed(
    op="create", kind="vpc", error="not allowed \x1b[2J", code="UnauthorizedOperation", action="ec2:CreateVpc",
    hint="ask for it", request_id="req-0a1b2c",
)  # fmt: skip

Record = Callable[..., str]
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(journal.STATE_DIR, str(tmp_path))
    return tmp_path / "runs"


@pytest.fixture
def record(folder: Path) -> Record:
    """Record a run of a lab in which one resource was made and one failed; its id."""

    def make(lab: str = "privatelink", verb: str = "reconcile", **detail: Any) -> str:
        before = set(folder.glob("*"))
        feed = Feed()
        about = {"lab": lab, "target": "sandbox", "region": "eu-west-1", "endpoint": "http://127.0.0.1:4566"}
        with feed.subscription(Journal(lambda: about).hear):
            feed.emit("", RunStarted(verb=verb, lab=lab, resources=2))
            feed.emit("provider/elastic-ip", StepStarted(op="create"))
            feed.emit("provider/elastic-ip", StepDone(op="create", id="eipalloc-1"))
            feed.emit("provider/vpc", FAILURE)
            feed.emit("", replace(RunFinished(created=1, seconds=1.25, message="1 failed"), **detail))
        (path,) = set(folder.glob("*")) - before
        ended_ms = time.time_ns() // 1_000_000
        while time.time_ns() // 1_000_000 == ended_ms:  # ids are in the order of their milliseconds
            pass
        return path.stem

    return make


def test_without_runs_it_says_so_and_where_they_would_be(capsys: Captured, folder: Path) -> None:
    assert main(["log"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert str(folder) in err


def test_the_list_has_a_line_a_run_the_newest_first(record: Record, capsys: Captured) -> None:
    ids = [record(), record(verb="destroy", ok=True, created=0, deleted=62)]
    assert main(["log"]) == 0
    _, newest, oldest = capsys.readouterr().out.splitlines()
    assert newest.split()[0] == ids[1].rpartition("-")[2]
    assert newest.split()[3:] == ["privatelink", "destroy", "sandbox", "done", "+0", "~0", "-62", "1.2"]
    assert oldest.split()[3:] == ["privatelink", "reconcile", "sandbox", "failed", "+1", "~0", "-0", "1.2"]


def test_the_list_can_be_of_one_lab_and_short(record: Record, capsys: Captured) -> None:
    mine = [record("mine") for _ in range(3)]
    record("theirs")
    assert main(["log", "--lab", "mine", "-n", "2", "--json"]) == 0
    assert [run["id"] for run in json.loads(capsys.readouterr().out)["runs"]] == [mine[2], mine[1]]


def test_the_list_as_json_is_one_document(record: Record, capsys: Captured, folder: Path) -> None:
    id_ = record()
    assert main(["log", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["folder"] == str(folder)
    assert document["runs"] == [
        {
            "id": id_, "lab": "privatelink", "verb": "reconcile", "target": "sandbox", "at": document["runs"][0]["at"],
            "seconds": 1.25, "outcome": "failed", "created": 1, "updated": 0, "deleted": 0,
            "path": str(folder / f"{id_}.jsonl"),
        }
    ]  # fmt: skip


def test_a_run_is_shown_in_the_words_it_was_told_in(record: Record, capsys: Captured) -> None:
    id_ = record()
    assert main(["log", id_]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{id_}  (failed)\nprivatelink  reconcile  sandbox  eu-west-1  http://127.0.0.1:4566\n")
    done = Event(1, "", "provider/elastic-ip", StepDone(op="create", id="eipalloc-1"))
    assert f" {format_event(done)}\n" in out
    assert "create failed: UnauthorizedOperation not allowed \ufffd[2J (ec2:CreateVpc); ask for it\n" in out
    assert "req-0a1b2c" not in out
    assert "creating" not in out
    assert out.endswith("privatelink: 1 failed (1.2 s)\n")


def test_with_v_beginnings_and_request_ids_are_told_too(record: Record, capsys: Captured) -> None:
    assert main(["log", record(), "-v"]) == 0
    out = capsys.readouterr().out
    assert "[request req-0a1b2c]" in out
    assert "creating" in out


def test_a_run_as_json_is_its_lines(record: Record, capsys: Captured, folder: Path) -> None:
    id_ = record()
    assert main(["log", "last", "--json"]) == 0
    written = (folder / f"{id_}.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [json.loads(x) for x in written]


@pytest.mark.parametrize("command", ["log", "replay"])
def test_an_unknown_run_is_wrong_usage_with_a_hint(command: str, record: Record, capsys: Captured) -> None:
    record()
    assert main([command, "nonsense"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "nonsense" in err
    assert "`pltui log` lists the runs" in err


def test_a_replay_needs_a_terminal_and_names_what_does_not(record: Record) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pltui", "replay", record()], capture_output=True, text=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "pltui log " in done.stderr


def test_what_a_lab_does_is_recorded_with_where_it_was_done(folder: Path) -> None:
    lab = Lab("specs/two-consumers.yaml", load("specs/two-consumers.yaml"), Settings(region="eu-west-1"))
    with record_runs(lab, pytest.fail):
        lab.feed.emit("", RunStarted(verb="reconcile", resources=1))
        lab.feed.emit("provider/vpc", StepDone(op="create"))
    (path,) = folder.iterdir()
    header = json.loads(path.read_text().splitlines()[0])
    assert (header["lab"], header["target"], header["region"]) == (lab.spec.name, "sandbox", "eu-west-1")
    assert header["spec"] == str(Path("specs/two-consumers.yaml").absolute())
    assert list(header["outline"]["consumers"]) == list(lab.spec.consumers)


def test_recording_ends_with_the_block(folder: Path) -> None:
    lab = FakeLab()
    lab.path = "lab.yaml"  # type: ignore[attr-defined]
    with record_runs(lab, pytest.fail):  # type: ignore[arg-type]
        pass
    lab.feed.emit("", RunStarted(verb="reconcile", resources=1))
    assert not folder.exists()


@pytest.mark.parametrize("value", ["1" + "0" * 400, "1e999", "NaN", "-Infinity"])
def test_a_run_with_a_number_beyond_all_is_listed_with_the_others_as_valid_json(
    record: Record, capsys: Captured, folder: Path, value: str
) -> None:
    first, second = record(), record()
    path = folder / f"{first}.jsonl"
    path.write_text(path.read_text().replace('"seconds": 1.25', f'"seconds": {value}'))
    assert value in path.read_text()
    assert main(["log", "--json"]) == 0
    text = capsys.readouterr().out
    assert {first, second} <= {run["id"] for run in json.loads(text, parse_constant=pytest.fail)["runs"]}
    assert main(["log"]) == 0
