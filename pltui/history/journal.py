"""Journal: each run's events as a file in the user's state folder, for people and for replay.

No decision depends on it.

A file is JSON Lines: a header `{"type": "run", …}`, the desired resources `{"type": "wants", …}`, a `{"type":
"snapshot", …}` for each resource known before, each event as `Event.document()`, and a last line `{"type": "summary",
…}`.

The writer has a lock on its file, which the kernel releases however the process ends.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import secrets
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pltui import __version__
from pltui.engine.events import Event, ResourceObserved, RunFinished, RunStarted
from pltui.engine.json_values import plain_value, reference_pointers
from pltui.engine.model import Desired
from pltui.history.redaction import redact
from pltui.i18n import Phrase
from pltui.sandbox import locks
from pltui.sandbox.private_folder import open_state_folder

STATE_DIR = "PLTUI_STATE_DIR"
MOST_RUNS = 200
MOST_BYTES = 50 * 2**20  # total size of all runs
NAME = re.compile(r"\d{8}T\d{6}\.\d{3}Z-[a-z0-9-]+-[0-9a-f]{8}\.jsonl")


def folder() -> Path:
    """Return the folder of recorded runs; it may not exist yet."""
    if named := os.environ.get(STATE_DIR):
        return Path(named) / "runs"
    from platformdirs import user_state_path

    return user_state_path("pltui", appauthor=False) / "runs"


class Journal:
    """A subscriber of a feed that records each run. Disk errors do not affect the run.

    `about` returns the lab's part of the header when a run begins: {lab, target, region, endpoint, spec, …};
    `all_desired`, the lab's desired resources. `complain` is called once, with the reason, if runs cannot be recorded.
    """

    def __init__(
        self,
        about: Callable[[], Mapping[str, Any]],
        all_desired: Callable[[], Iterable[Desired]] = tuple,
        complain: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._about, self._wants, self._complain = about, all_desired, complain
        self._complained = False
        self._observed: dict[str, Event] = {}  # latest observation by address
        self._file: _File | None = None
        self._header: dict[str, Any] = {}
        self._events = 0  # events of the current run, without the first

    def hear(self, event: Event) -> None:
        """Record an event; a run's first event starts a file, its last one ends it."""
        match event.detail:
            case RunStarted(verb=verb):
                self.close()
                self._begin_run(event, verb)
            case RunFinished() as detail:
                self._write_line(event.document())
                self._end_run(detail.document(), ok=detail.ok)
            case detail:
                self._events += 1
                self._write_line(event.document())
                if isinstance(detail, ResourceObserved):
                    self._observed[event.address] = event

    def close(self) -> None:
        """End the file of a run that has not ended."""
        self._end_run({"ok": False, "unfinished": True}, ok=False)

    def _begin_run(self, event: Event, verb: str) -> None:
        self._events = 0
        about = dict(self._about())
        lab = str(about.get("lab", ""))
        try:
            self._file = file = _File.create(folder(), "-".join((_file_stamp(event.at), _slug(verb), _slug(lab))))
            _remove_oldest(file.path.parent)
        except OSError as error:
            self._stop_recording(error)
            return
        origin = {"version": __version__, "host": socket.gethostname(), "pid": os.getpid(), "at": event.at}
        self._header = {"type": "run", "id": file.path.stem, **about, "verb": verb, **origin}
        self._write_line(self._header)
        self._write_line({"type": "wants", "wants": [_want_document(desired) for desired in self._wants()]})
        for known in self._observed.values():
            self._write_line({**known.document(), "type": "snapshot"})
        self._write_line(event.document())

    def _write_line(self, document: Mapping[str, Any]) -> None:
        if self._file is None:
            return
        try:
            self._file.write(redact(document))
        except OSError as error:
            self._stop_recording(error)

    def _end_run(self, summary: Mapping[str, Any], *, ok: bool) -> None:
        self._write_line({"type": "summary", **{key: self._header.get(key) for key in ("verb", "lab")}, **summary})
        file, self._file = self._file, None
        if file is None:
            return
        try:
            # Observations of --watch that found no change would in time displace the runs that changed something.
            if ok and not self._events:
                file.remove()
            file.close()
            _remove_oldest(file.path.parent)
        except OSError as error:
            self._stop_recording(error)

    def _stop_recording(self, error: OSError) -> None:
        """Stop recording the run after a disk error, which is reported once."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if not self._complained:
            self._complained = True
            self._complain(
                Phrase(
                    "runs are not recorded: {strerror} ({folder})", strerror=error.strerror or error, folder=folder()
                )
            )


class _File:
    """The file of one run, written by this process alone."""

    def __init__(self, path: Path, raw: io.FileIO) -> None:
        self.path, self._raw = path, raw

    @classmethod
    def create(cls, where: Path, stem: str) -> _File:
        """Create a new file. Raises OSError."""
        with open_state_folder(where) as opened:
            while True:
                path = where / f"{stem}-{secrets.token_hex(4)}.jsonl"
                with contextlib.suppress(FileExistsError):
                    descriptor = opened.open(path.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
                    break
        with contextlib.suppress(OSError):  # on a file system without locks, record the run anyway
            locks.lock(descriptor)
        return cls(path, os.fdopen(descriptor, "wb", buffering=0))

    def write(self, document: Any) -> None:
        """Append a line of JSON, unbuffered, so that a killed process loses at most one line."""
        line = memoryview(json.dumps(document, ensure_ascii=True).encode() + b"\n")
        while line:
            line = line[self._raw.write(line) :]

    def remove(self) -> None:
        """Delete the file, if it still exists."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file, which releases its lock."""
        with contextlib.suppress(OSError):
            self._raw.close()


def _file_stamp(at: str) -> str:
    moment = datetime.fromisoformat(at).astimezone(UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}Z"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64] or "lab"


def _want_document(desired: Desired) -> dict[str, Any]:
    return {
        "address": desired.address,
        "kind": desired.kind,
        "name": desired.name,
        "spec": plain_value(dict(desired.spec)),
        "references": reference_pointers(dict(desired.spec)),
    }


# -- keeping few --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    size: int


def recorded_runs(where: Path) -> list[_Kept]:
    """Return the runs in a folder, oldest first; other files are ignored."""
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(where) as entries:
        for entry in entries:
            if NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(FileNotFoundError):  # removed by another process's rotation
                    found.append(_Kept(Path(entry.path), entry.stat().st_size))
    return sorted(found, key=lambda each: each.path.name)


def _remove_oldest(where: Path) -> None:
    """Remove the oldest runs beyond the limits, except those being written."""
    files = recorded_runs(where)
    count, size = len(files), sum(each.size for each in files)
    for each in files:
        if count <= MOST_RUNS and size <= MOST_BYTES:
            return
        if not has_writer(each.path):
            each.path.unlink(missing_ok=True)
            count, size = count - 1, size - each.size


def has_writer(path: Path) -> bool:
    """Return True if a process of this machine has the file's lock."""
    with contextlib.suppress(OSError):
        return locks.is_locked(path)
    return False
