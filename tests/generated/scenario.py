"""A scenario as one line of text: what a run replays, what a failure prints, and what is shrunk.

    converge@12=LOST@30=KILLED_AFTER converge:zones!stop@3.5 drift:7 b.converge both:converge|destroy+1.2!60 destroy

A step is a verb, with an argument after a colon, on lab `a` unless it says `b.`. Then come its faults, each at its n-th
write (`@12`) or read (`@r12`), at three from there (`@12x3`), or at all from there (`@12+`). Last comes how it is ended
after so many seconds: `!stop` (Ctrl-C), `!quit` (the task is cancelled and the process goes), `!kill`, or `!timeout`.

Two at once are `both:VERB~ARGUMENT|VERB~ARGUMENT` on one machine, with `||` on two; faults and end are the first one's.
The second begins `+seconds` later, and waits for the lab for `!seconds`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tests.fakeaws.faults import Fault

VERBS = ("converge", "destroy", "switch", "drift", "wait", "both")
WAYS = ("stop", "quit", "kill", "timeout")
AFTER = 0.3  # seconds after which the second of two begins
_NUMBER = r"\d+(?:\.\d+)?"
_FAULT = r"@(r?)(\d+)(\+|x[1-9]\d*)?=([A-Z_]+)"
_END = rf"!({'|'.join(WAYS)})@({_NUMBER})"
_STEP = rf"(?:([ab])\.)?([a-z]+)(?::([^@!\s]+(?:!\d+)?))?((?:{re.sub(r'[(](?![?])', '(?:', _FAULT)})*)(?:{_END})?"
_SIDE = r"(converge|destroy|switch|drift)(?:~([a-z0-9]*))?"
_PAIR = rf"{_SIDE}(\|\|?){_SIDE}(?:\+({_NUMBER}))?(?:!(\d+))?"


@dataclass(frozen=True, slots=True)
class Hit:
    """A fault at the n-th write of a step, or at its n-th read; `times` in a row, 0 for all that follow."""

    number: int
    fault: Fault
    read: bool = False
    times: int = 1

    def __str__(self) -> str:
        again = {0: "+", 1: ""}.get(self.times, f"x{self.times}")
        return f"@{'r' if self.read else ''}{self.number}{again}={self.fault.name}"

    def strikes(self, number: int) -> bool:
        """Whether at this write, or read."""
        return number >= self.number and (not self.times or number < self.number + self.times)


@dataclass(frozen=True, slots=True)
class End:
    """How a process is ended, `at` seconds after it began; a timeout counts from when the run begins."""

    how: str
    at: float

    def __str__(self) -> str:
        return f"!{self.how}@{_text(self.at)}"


@dataclass(frozen=True, slots=True)
class Step:
    verb: str
    argument: str = ""
    lab: str = "a"
    hits: tuple[Hit, ...] = ()
    end: End | None = None

    def __str__(self) -> str:
        lab = "" if self.lab == "a" else f"{self.lab}."
        argument = f":{self.argument}" if self.argument else ""
        return lab + self.verb + argument + "".join(map(str, self.hits)) + str(self.end or "")

    @property
    def disturbed(self) -> bool:
        """Whether anything keeps it from its end."""
        return bool(self.hits or self.end)

    def smaller(self) -> Iterator[Step]:
        """Each with one thing less."""
        for n, hit in enumerate(self.hits):
            yield replace(self, hits=self.hits[:n] + self.hits[n + 1 :])
            if hit.times != 1:
                yield replace(self, hits=(*self.hits[:n], replace(hit, times=1), *self.hits[n + 1 :]))
        if self.end:
            yield replace(self, end=None)
        if self.verb == "both":
            pair = parse_pair(self.argument)
            yield replace(pair.first, lab=self.lab, hits=self.hits, end=self.end)
            if pair.lock_timeout:
                yield replace(self, argument=str(replace(pair, lock_timeout=0)))
        elif self.verb == "converge" and self.argument:
            yield replace(self, argument="")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two steps at once, the second `after` seconds."""

    first: Step
    second: Step
    elsewhere: bool = False
    after: float = AFTER
    lock_timeout: int = 0  # the second's

    def __str__(self) -> str:
        one, other = (step.verb + (f"~{step.argument}" if step.argument else "") for step in (self.first, self.second))
        after = "" if self.after == AFTER else f"+{_text(self.after)}"
        waits = f"!{self.lock_timeout}" if self.lock_timeout else ""
        return one + ("||" if self.elsewhere else "|") + other + after + waits


@dataclass(frozen=True, slots=True)
class Scenario:
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.steps))

    @property
    def faults(self) -> list[Fault]:
        return [hit.fault for step in self.steps for hit in step.hits]

    def smaller(self) -> Iterable[Scenario]:
        """Each with one step, or one thing of a step, less."""
        for n, step in enumerate(self.steps):
            yield Scenario(self.steps[:n] + self.steps[n + 1 :])
            for fewer in step.smaller():
                yield Scenario((*self.steps[:n], fewer, *self.steps[n + 1 :]))


def parse(text: str) -> Scenario:
    """Raises ValueError for what is no scenario."""
    return Scenario(tuple(_step(word) for word in text.split()))


def parse_pair(text: str) -> Pair:
    """Raises ValueError for what is no two steps."""
    match = re.fullmatch(_PAIR, text)
    if match is None:
        raise ValueError(f"{text!r} is no two steps")
    first, second = Step(match[1], match[2] or ""), Step(match[4], match[5] or "")
    return Pair(first, second, match[3] == "||", float(match[6] or AFTER), int(match[7] or 0))


def _step(word: str) -> Step:
    match = re.fullmatch(_STEP, word)
    if match is None or match[2] not in VERBS:
        raise ValueError(f"{word!r} is no step")
    lab, verb, argument, faults, how, at = match.groups()
    if verb == "both":
        parse_pair(argument or "")
    hits = (
        Hit(int(number), _fault(name), read == "r", _times(again))
        for read, number, again, name in re.findall(_FAULT, faults)
    )
    return Step(verb, argument or "", lab or "a", tuple(hits), End(how, float(at)) if how else None)


def _fault(name: str) -> Fault:
    if name not in Fault.__members__:
        raise ValueError(f"{name!r} is no fault")
    return Fault[name]


def _times(again: str) -> int:
    return 0 if again == "+" else int(again[1:] or 1)


def _text(seconds: float) -> str:
    return f"{seconds:g}"
