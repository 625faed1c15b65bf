"""Creation times of resources, from the lab's recorded runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pltui.engine.events import Event, StepDone, StepStarted
from pltui.engine.model import Op
from pltui.errors import LabError
from pltui.history import reader
from pltui.report.model import Creation, Timed


def creation(lab: str, target: str, region: str) -> Creation | None:
    """Return the newest recorded run that created resources of this lab in this region; None if none is readable."""
    try:
        made = [run for run in reader.runs() if run.lab == lab and run.target == target and run.created]
    except LabError:
        return None
    for run in made:
        try:
            recording = reader.read(str(run.path))
        except LabError:  # removed meanwhile by rotation
            continue
        resources = timed_creations(recording.events)
        if recording.header.get("region") == region and resources:
            return Creation(run.id, run.at, run.seconds, resources)
    return None


def timed_creations(events: Iterable[Event]) -> tuple[Timed, ...]:
    """Return each successful creation with its time from first call to completion; the slowest first."""
    begun: dict[str, tuple[Event, str]] = {}  # by address: the start, and the resource's type
    found: dict[str, Timed] = {}
    for event in events:
        match event.detail:
            case StepStarted(op=Op.CREATE, kind=kind):
                begun[event.address] = event, kind
            case StepDone(op=Op.CREATE) if event.address in begun:
                first, kind = begun[event.address]
                found[event.address] = Timed(event.address, kind, _seconds_between(first, event))
    return tuple(sorted(found.values(), key=lambda each: (-each.seconds, each.address)))


def _seconds_between(first: Event, last: Event) -> float:
    seconds = (datetime.fromisoformat(last.at) - datetime.fromisoformat(first.at)).total_seconds()
    return round(max(0.0, seconds), 3)
