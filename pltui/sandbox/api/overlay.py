"""How corrections are laid over moto, and what they share: the lab's clock, agenda and lock."""

import heapq
import itertools
from collections.abc import Callable, Hashable
from functools import wraps
from threading import RLock
from typing import Any

from pltui.sandbox.clock import Clock
from pltui.sandbox.faults import FaultBoard
from pltui.sandbox.health import HealthBoard

SsmRunner = Callable[[str, list[str], float], tuple[int, str, str] | None]
"""(instance id, commands, timeout in seconds) -> (exit code, stdout, stderr), or None if the command is not known."""

Moto = Callable[..., Any]
"""What stood in a correction's place before."""

Correction = Callable[..., Any]
"""(lab, moto's own, *arguments as moto's own takes them), named like what it corrects."""

_ABSENT = object()


class Agenda:
    """What time will bring about. Nothing runs by itself: what is due is done when somebody next looks.

    A state that takes time is thus one entry ("`available` in 60 s"), and cannot be seen late: every request is
    preceded by `settle`.
    """

    def __init__(self, clock: Clock, over: Callable[[float, float], bool]) -> None:
        """`over(since, seconds)` says whether a wait that began at lab time `since` is over."""
        self._clock, self._over = clock, over
        self._order = itertools.count()
        self._entries: list[tuple[float, int, float, float, Hashable, Callable[..., object], tuple[Any, ...]]] = []
        self._latest: dict[Hashable, int] = {}
        self._happening: float | None = None

    def now(self) -> float:
        """The lab time; while catching up, that at which what is being done became due."""
        return self._clock.now() if self._happening is None else self._happening

    def after(self, seconds: float, subject: Hashable, action: Callable[..., object], *args: Any) -> None:
        """Call `action(*args)` once `seconds` AWS seconds have passed; replaces what was still to happen to `subject`.

        A function of a module, with what it works on as arguments, can be saved with the lab; a closure cannot.
        """
        now, order = self.now(), next(self._order)
        self._latest[subject] = order
        heapq.heappush(self._entries, (now + seconds, order, now, seconds, subject, action, args))

    def cancel(self, subject: Hashable) -> None:
        """What was still to happen to `subject` will not."""
        self._latest.pop(subject, None)

    def settle(self) -> None:
        """Do what has become due, oldest first."""
        while self._entries and self._over(*self._entries[0][2:4]):
            due, order, _, _, subject, action, args = heapq.heappop(self._entries)
            if self._latest.get(subject) == order:
                del self._latest[subject]
                self._happening = min(due, self._clock.now())
                try:
                    action(*args)
                finally:
                    self._happening = None


class Lab:
    """What corrections work with.

    `agenda` holds what AWS takes time for: nothing, when the clock is instant. `retention` holds what AWS remembers
    for a time, which is no delay, and thus not cut short. `lock` is held during every call, so that looking and
    acting are one step; moto is bound by the interpreter's lock anyway. `memory` is what corrections remember beyond
    moto's own objects, by area: what is kept there is saved with the lab.
    """

    def __init__(
        self,
        clock: Clock,
        health: HealthBoard,
        ssm_runner: SsmRunner | None = None,
        faults: FaultBoard | None = None,
    ) -> None:
        self.clock = clock
        self.health = health
        self.ssm_runner = ssm_runner
        self.faults = faults or FaultBoard()
        self.agenda = Agenda(clock, clock.elapsed)
        self.retention = Agenda(clock, lambda since, seconds: clock.now() - since >= seconds)
        self.lock = RLock()
        self.memory: dict[str, Any] = {}
        self._replaced: list[tuple[Any, str, object]] = []

    def settle(self) -> None:
        """Catch up with the clock."""
        self.agenda.settle()
        self.retention.settle()

    def around(self, owner: Any, *corrections: Correction, **named: Correction) -> None:
        """Put each correction in the place of what `owner`, a class or module of moto's, has under its name.

        A correction gets this lab, then moto's own (which it may call), then the call's arguments. Where moto has
        nothing under that name, its own raises NotImplementedError.
        """
        for name, correction in {**{c.__name__: c for c in corrections}, **named}.items():
            original = getattr(owner, name, None) or _missing(name)
            self.replace(owner, name, _bound(correction, self, original))

    def replace(self, owner: Any, name: str, value: object) -> None:
        """Set an attribute of moto's until `remove`."""
        self._replaced.append((owner, name, vars(owner).get(name, _ABSENT)))
        setattr(owner, name, value)

    def remove(self) -> None:
        """Leave moto as it was."""
        while self._replaced:
            owner, name, value = self._replaced.pop()
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


def _bound(correction: Correction, lab: Lab, original: Moto) -> Moto:
    @wraps(correction)
    def corrected(*args: Any, **kwargs: Any) -> Any:
        return correction(lab, original, *args, **kwargs)

    return corrected


def _missing(name: str) -> Moto:
    def missing(*_args: Any, **_kwargs: Any) -> Any:
        raise NotImplementedError(name)

    return missing
