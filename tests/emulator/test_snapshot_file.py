"""Snapshots as files: whole or not at all, for one's own eyes, and refused unless they are what they say."""

import json
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pltui.emulator import snapshot
from pltui.emulator.health_board import TargetHealth
from pltui.emulator.snapshot import SnapshotError, parse, read, set_aside, write
from pltui.reachability.world import Fault

CONTENT = {"clock": 12.5, "speed": "inf", "api": {"nodes": ["é", None]}}


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: what a full disk does, to this process alone."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "lab.snapshot"
    assert write(file, CONTENT) == file.stat().st_size
    assert read(file) == CONTENT


def test_only_its_owner_may_read_it_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "lab.snapshot"
    write(file, CONTENT)
    write(file, CONTENT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_leaves_the_older_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "lab.snapshot"
    write(file, CONTENT)
    with full_disk(4096), pytest.raises(SnapshotError, match="File too large"):
        write(file, {"more": "x" * 100_000})
    assert read(file) == CONTENT
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("place", ["/dev/full", "/dev/null", "/nowhere/at/all", "/"])
def test_a_place_where_no_file_can_be_is_refused_and_left(place: str) -> None:
    before = Path(place).stat() if Path(place).exists() else None
    with pytest.raises(SnapshotError):
        write(Path(place), CONTENT)
    assert (Path(place).stat() if Path(place).exists() else None) == before


def heading(change: dict[str, object]) -> Callable[[bytes], bytes]:
    def changed(data: bytes) -> bytes:
        first, _, body = data.partition(b"\n")
        return json.dumps({**json.loads(first), **change}).encode() + b"\n" + body

    return changed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data[:-20], "damaged"),
        (lambda data: data.replace(b"12.5", b"99.5"), "damaged"),
        (lambda data: b"", "no snapshot"),
        (lambda data: b"\x80\x04\x95\x00pickle", "no snapshot"),
        (lambda data: b"[" * 100_000, "no snapshot"),
        (heading({"format": 99}), "has format 99"),
        (heading({"moto": "4.0.0"}), "made with moto 4.0.0"),
        (heading({"kind": "something else"}), "no snapshot"),
        (heading({"digest": None}), "damaged"),
    ],
)
def test_what_is_not_as_it_was_written_is_refused(tmp_path: Path, change: Callable[[bytes], bytes], told: str) -> None:
    file = tmp_path / "lab.snapshot"
    write(file, CONTENT)
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(SnapshotError, match=told):
        read(file)


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", Path("/dev/zero")):
        with pytest.raises(SnapshotError, match="not a file"):
            read(path)


def test_a_file_larger_than_any_snapshot_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "lab.snapshot"
    write(file, CONTENT)
    monkeypatch.setattr(snapshot, "LARGEST", 10)
    with pytest.raises(SnapshotError, match="larger"):
        read(file)


def test_what_is_set_aside_is_kept_under_another_name(tmp_path: Path) -> None:
    file = tmp_path / "lab.snapshot"
    file.write_text("damaged")
    aside = set_aside(file)
    assert not file.exists()
    assert aside.read_text() == "damaged"
    assert aside.name.startswith("lab.snapshot.damaged-")


TOLD: dict[str, Any] = {
    "clock": 12.5,
    "speed": "inf",
    "faults": [{"id": "fault-1", "kind": "zone", "subject": "apne1-az1", "amount": 0}],
    "health": [["group", "i-1", 80, "healthy", None, None]],
    "places": [["123456789012", "eu-west-1"]],
}


def test_what_is_told_besides_the_apis_state_is_read_as_it_was_written() -> None:
    told = parse(TOLD)
    assert (told.clock, told.speed, told.places) == (12.5, float("inf"), [("123456789012", "eu-west-1")])
    assert told.faults == [Fault("fault-1", "zone", "apne1-az1", 0)]
    assert told.health == [(("group", "i-1", 80), TargetHealth("healthy"))]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("clock", "nan"),
        ("clock", "inf"),
        ("clock", 10**400),
        ("faults", [{"id": "fault-" + "9" * 5000, "kind": "loss", "subject": "", "amount": 0}]),
        ("faults", [{"id": "fault-1", "kind": "loss", "subject": "", "amount": 10**400}]),
        ("faults", [{"id": f"fault-{n}", "kind": "loss", "subject": "", "amount": 0} for n in range(1001)]),
        ("health", [["group", "i-1", 80, {}, None, None]]),
        ("health", [["group", "i-1", 10**400, "healthy", None, None], {}]),
        ("places", [["123456789012", "../x"]]),
        ("places", [[["123456789012"], "eu-west-1"]]),
        ("speed", "0"),
        ("speed", "nan"),
        ("faults", [{"id": "fault-1", "kind": "fire", "subject": "", "amount": 0}]),
        ("faults", [{"id": "fault-1", "kind": "loss", "subject": 3, "amount": 0}]),
        ("faults", [{"id": "fault-1", "kind": "loss", "subject": "", "amount": float("nan")}]),
        ("faults", [{"id": "fault-1", "kind": "loss", "subject": "", "amount": "much"}]),
        ("health", [["group"]]),
        ("places", ["x"]),
        ("places", None),
    ],
)
def test_what_nobody_can_have_saved_is_refused_before_anything_is_touched(name: str, value: object) -> None:
    with pytest.raises(SnapshotError, match="damaged"):
        parse({**TOLD, name: value})
