"""Reader of journal files, which may be half-written, huge, of another version, or foreign."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pltui.engine.events import Event
from pltui.engine.json_values import child_pointer, is_moment, load_foreign
from pltui.engine.model import Desired, Ref
from pltui.errors import LabError
from pltui.history.journal import folder, has_writer, recorded_runs
from pltui.i18n import Phrase
from pltui.system import files

# A header has some hundred bytes; a summary has at most one problem per resource.
HEAD, TAIL = 64 * 2**10, 256 * 2**10
MOST_READ = 64 * 2**20  # maximum bytes of one run; a longer file is not pltui's
LONGEST_LINE = 2**20
BROKEN_OFF, RUNNING = "broken off", "running"


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One line of the list. `outcome`: done, failed, interrupted, broken off or running."""

    id: str
    lab: str
    verb: str
    target: str
    at: str  # RFC 3339, UTC
    seconds: float | None
    outcome: str
    path: Path
    created: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def short(self) -> str:
        """The last part of the id, which identifies the run in few characters."""
        return self.id.rpartition("-")[2]

    def document(self) -> dict[str, Any]:
        """Return the run as JSON values."""
        names = ("id", "lab", "verb", "target", "at", "seconds", "outcome", "created", "updated", "deleted")
        return {**{name: getattr(self, name) for name in names}, "path": str(self.path)}


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole run. `known`: the observations it began with; `lines`: the file's documents, unchanged."""

    run: RecordedRun
    header: Mapping[str, Any]
    all_desired: tuple[Desired, ...] = ()
    known: tuple[Event, ...] = ()
    events: tuple[Event, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[Mapping[str, Any], ...] = ()


def runs() -> list[RecordedRun]:
    """Return all recorded runs, newest first.

    Raises:
        LabError: If the folder cannot be read.
    """
    where = folder()
    try:
        found = recorded_runs(where)
    except OSError as error:
        raise LabError(Phrase("{where} cannot be read: {strerror}", where=where, strerror=error.strerror)) from error
    return [run for run in (_read_run(each.path) for each in reversed(found)) if run]


def find(which: str) -> Path:
    """Return the file of a run: "last", its id, the beginning or end of an id, or a path.

    Raises:
        LabError: If no run or several runs match (exit code 2).
    """
    if os.sep in which or which.endswith(".jsonl") or Path(which).is_file():
        return Path(which)
    there = runs()
    if which == "last" and there:
        return there[0].path
    exact = [run for run in there if run.id == which]
    fitting = exact or [run for run in there if which and (run.id.startswith(which) or run.short == which)]
    match fitting:
        case [run]:
            return run.path
        case []:
            hint = (
                Phrase("`pltui log` lists the runs")
                if there
                else Phrase("no run is recorded yet: `pltui reconcile SPEC` records one")
            )
            raise LabError(Phrase("there is no run {which!r}", which=which), hint, 2)
    names = ", ".join(run.id for run in fitting[:3])
    raise LabError(
        Phrase("{which!r} matches {n} runs", which=which, n=len(fitting)),
        Phrase("write more of it, such as {names}", names=names),
        2,
    )


def read(which: str) -> Recording:
    """Return the run that `which` names; see `find`.

    Raises:
        LabError: If there is no such run, or the file is not a recorded run (exit code 2).
    """
    path = find(which)
    try:
        documents = tuple(_read_documents(path))
    except OSError as error:
        raise LabError(
            Phrase("{path} cannot be read: {strerror}", path=path, strerror=error.strerror or error),
            Phrase("`pltui log` lists the runs"),
            2,
        ) from error
    run = _read_run(path)
    if run is None or not documents:
        raise LabError(Phrase("{path} is not a recorded run", path=path), Phrase("`pltui log` lists the runs"), 2)
    header, *rest = documents
    return Recording(
        run=run,
        header=header,
        all_desired=tuple(desired for line in rest if line.get("type") == "wants" for desired in _parse_wants(line)),
        known=tuple(_parse_events(rest, "snapshot")),
        events=tuple(_parse_events(rest, "event")),
        summary=next((line for line in reversed(rest) if line.get("type") == "summary"), {}),
        lines=documents,
    )


# -- a file's ends ------------------------------------------------------------------------------------------------


def _read_run(path: Path) -> RecordedRun | None:
    """Return the run described by the head and the tail of a file, or None if it is no run."""
    try:
        with files.open_regular(path) as file:
            head = _parse_line(file.readline(HEAD))
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            last = next((line for raw in reversed(file.read(TAIL).splitlines()) if (line := _parse_line(raw))), {})
    except OSError:
        return None
    if head is None or head.get("type") != "run" or _parse_moment(head.get("at")) is None:
        return None
    ended = last if last.get("type") == "summary" else {}
    return RecordedRun(
        id=path.name.removesuffix(".jsonl"),
        lab=str(head.get("lab", "")),
        verb=str(head.get("verb", "")),
        target=str(head.get("target", "")),
        at=str(head["at"]),
        seconds=_run_seconds(head, last),
        outcome=_run_outcome(path, ended),
        path=path,
        created=_parse_count(ended.get("created")),
        updated=_parse_count(ended.get("updated")),
        deleted=_parse_count(ended.get("deleted")),
    )


def _run_outcome(path: Path, summary: Mapping[str, Any]) -> str:
    if not summary:
        return RUNNING if has_writer(path) else BROKEN_OFF
    if summary.get("unfinished") is True:  # not a number of resources
        return BROKEN_OFF
    if summary.get("ok"):
        return "done"
    return "interrupted" if summary.get("interrupted") else "failed"


def _run_seconds(head: Mapping[str, Any], last: Mapping[str, Any]) -> float | None:
    """Return the duration from the summary; for a broken-off run, the time until its last event."""
    said = last.get("seconds")
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        return float(said)
    begun, until = _parse_moment(head.get("at")), _parse_moment(last.get("at"))
    return round((until - begun).total_seconds(), 3) if begun and until and until >= begun else None


def _parse_count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


# -- its lines ----------------------------------------------------------------------------------------------------


def _read_documents(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the readable lines. Raises OSError."""
    with files.open_regular(path) as file:
        while file.tell() < MOST_READ and (raw := file.readline(LONGEST_LINE)):
            if line := _parse_line(raw):
                yield line


def _parse_line(raw: bytes) -> dict[str, Any] | None:
    try:
        document = load_foreign(raw)
    except ValueError:  # half-written, foreign or hostile
        return None
    return document if isinstance(document, dict) else None


def _parse_events(lines: list[dict[str, Any]], type_: str) -> Iterator[Event]:
    """Yield the events among `lines`, without malformed ones and those of unknown phases."""
    for line in lines:
        if line.get("type") == type_:
            with contextlib.suppress(ValueError):
                yield Event.from_document(line)


def _parse_wants(line: Mapping[str, Any]) -> Iterator[Desired]:
    listed = line.get("wants")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and isinstance(item.get("spec"), dict):
            address, kind, name = (str(item.get(key, "")) for key in ("address", "kind", "name"))
            with contextlib.suppress(RecursionError):  # no lab nests this deeply
                yield Desired(address, kind, _restore_refs(item["spec"], item.get("references")), name)


# A reference as text: earlier versions recorded no `references`.
_REF = re.compile(r"\((\S+) (\S+), known after it exists\)")


def _restore_refs(value: Any, references: object, at: str = "") -> Any:
    """Return a desired value with its references, which the file has as text; otherwise all would differ.

    `references`: see `reference_pointers`; `at`: the pointer to `value`.
    """
    match value:
        case dict():
            return {key: _restore_refs(item, references, child_pointer(at, key)) for key, item in value.items()}
        case list():
            items = [_restore_refs(item, references, child_pointer(at, n)) for n, item in enumerate(value)]
            # Several references are always a set in a lab; the referenced values are unordered.
            return frozenset(items) if items and all(isinstance(item, Ref) for item in items) else items
        case str():
            return _find_reference(value, references, at) or value
        case _:
            return value


def _find_reference(text: str, references: object, at: str) -> Ref | None:
    if not isinstance(references, dict):
        return Ref(found[1], found[2]) if (found := _REF.fullmatch(text)) else None
    match references.get(at):
        case [str(address), str(attribute)]:
            return Ref(address, attribute)
    return None


def _parse_moment(at: object) -> datetime | None:
    """Parse an RFC 3339 time with an offset."""
    return datetime.fromisoformat(str(at)) if is_moment(str(at)) else None
