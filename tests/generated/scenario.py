"""A scenario as one line of text: what a run replays, what a failure prints, and what is shrunk.

    converge@12=LOST@30=KILLED_AFTER  converge:two-zones  drift:7  b.converge  both:converge|destroy  destroy

A step is a verb, with an argument after a colon, on lab `a` unless it says `b.`, with faults at its n-th write. Faults
with an `r` before their number are at its n-th read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.fakeaws.faults import Fault

VERBS = ("converge", "destroy", "switch", "drift", "wait", "both")
_STEP = re.compile(r"(?:([ab])\.)?([a-z]+)(?::([^@\s]+))?((?:@r?\d+=[A-Z_]+)*)")
_FAULT = re.compile(r"@(r?)(\d+)=([A-Z_]+)")


@dataclass(frozen=True, slots=True)
class Hit:
    """A fault at the n-th write of a step, or at its n-th read."""

    number: int
    fault: Fault
    read: bool = False

    def __str__(self) -> str:
        return f"@{'r' if self.read else ''}{self.number}={self.fault.name}"


@dataclass(frozen=True, slots=True)
class Step:
    verb: str
    argument: str = ""
    lab: str = "a"
    hits: tuple[Hit, ...] = ()

    def __str__(self) -> str:
        lab = "" if self.lab == "a" else f"{self.lab}."
        return lab + self.verb + (f":{self.argument}" if self.argument else "") + "".join(map(str, self.hits))


@dataclass(frozen=True, slots=True)
class Scenario:
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.steps))

    @property
    def faults(self) -> list[Fault]:
        return [hit.fault for step in self.steps for hit in step.hits]

    def smaller(self) -> Iterable[Scenario]:
        """Each with one step or one fault less."""
        for n, step in enumerate(self.steps):
            yield Scenario(self.steps[:n] + self.steps[n + 1 :])
            for m in range(len(step.hits)):
                fewer = replace(step, hits=step.hits[:m] + step.hits[m + 1 :])
                yield Scenario((*self.steps[:n], fewer, *self.steps[n + 1 :]))


def parse(text: str) -> Scenario:
    """Raises ValueError for what is no scenario."""
    return Scenario(tuple(_step(word) for word in text.split()))


def _step(word: str) -> Step:
    match = _STEP.fullmatch(word)
    if match is None or match[2] not in VERBS:
        raise ValueError(f"{word!r} is no step")
    hits = tuple(Hit(int(number), Fault[name], read == "r") for read, number, name in _FAULT.findall(match[4]))
    return Step(match[2], match[3] or "", match[1] or "a", hits)
