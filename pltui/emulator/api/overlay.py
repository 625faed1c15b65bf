"""How corrections are laid over moto, and what they share: the lab's clock, agenda and lock."""

import heapq
import itertools
import logging
import math
from collections.abc import Callable, Hashable, Iterable
from functools import wraps
from operator import attrgetter
from threading import RLock
from typing import Any, NamedTuple, Protocol

from pltui.emulator.clock import Clock
from pltui.emulator.faults import FaultRegistry
from pltui.emulator.health import TargetHealthBoard

SsmRunner = Callable[[str, list[str], float], tuple[int, str, str] | None]
"""(instance id, commands, timeout in seconds) -> (exit code, stdout, stderr), or None if the command is not known."""

Moto = Callable[..., Any]
"""What stood in a correction's place before."""

Correction = Callable[..., Any]
"""(lab, moto's own, *arguments as moto's own takes them), named like what it corrects."""

POLLED = 60.0
"""Real seconds that what has ended is shown at least: tools wait to see its end, and look every 10 or so."""

_ABSENT = object()
_log = logging.getLogger(__name__)


class DeferredAction(NamedTuple):
    """One thing to happen. Times are AWS seconds of the lab's clock; `order` tells which of two came first."""

    due: float
    order: int
    since: float
    seconds: float
    subject: Hashable
    action: Callable[..., object]
    args: tuple[Any, ...]


_order = attrgetter("due", "order")


class DeferredActions:
    """What time will bring about. Nothing runs by itself: what is due is done when somebody next looks.

    A state that takes time is thus one entry ("`available` in 60 s"), and cannot be seen late: every request is
    preceded by `settle`.
    """

    def __init__(self, clock: Clock, over: Callable[[float, float], bool]) -> None:
        """`over(since, seconds)` says whether a wait that began at lab time `since` is over."""
        self._clock, self._over = clock, over
        self._order = itertools.count()
        self._entries: list[DeferredAction] = []
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
        heapq.heappush(self._entries, DeferredAction(now + seconds, order, now, seconds, subject, action, args))

    def cancel(self, subject: Hashable) -> None:
        """What was still to happen to `subject` will not."""
        self._latest.pop(subject, None)

    def awaits(self, subject: Hashable) -> bool:
        """True if something is still to happen to `subject`."""
        return subject in self._latest

    def entries(self) -> list[DeferredAction]:
        """What is still to happen, soonest first."""
        return [each for each in sorted(self._entries, key=_order) if self._latest.get(each.subject) == each.order]

    def replace(self, entries: Iterable[DeferredAction]) -> None:
        """Have just these happen; their times are the clock's."""
        self._entries, self._latest = [], {}
        for entry in entries:
            order = next(self._order)
            self._latest[entry.subject] = order
            heapq.heappush(self._entries, entry._replace(order=order))

    def settle(self) -> None:
        """Do what has become due, oldest first."""
        while self._entries and self._over(self._entries[0].since, self._entries[0].seconds):
            entry = heapq.heappop(self._entries)
            if self._latest.get(entry.subject) == entry.order:
                del self._latest[entry.subject]
                self._happening = min(entry.due, self._clock.now())
                try:
                    entry.action(*entry.args)
                except Exception:
                    # Time has passed for the others too, and whoever happens to look is not to blame.
                    _log.exception("what was to become of %r could not be done", entry.subject)
                finally:
                    self._happening = None


class Area(Protocol):
    """A module of corrections."""

    def install(self, lab: "ApiContext") -> None: ...


class ApiContext:
    """What corrections work with.

    `agenda` holds what AWS takes time for: nothing, when the clock is instant. `retention` holds what AWS remembers
    for a time, which is no delay, and thus not cut short. `lock` is held during every call, so that looking and
    acting are one step; moto is bound by the interpreter's lock anyway. `memory` is what corrections remember beyond
    moto's own objects, by area: an area's `install` puts an empty shelf there, and its functions look the shelf up each
    time, as it is another one once a saved lab has been loaded.
    """

    def __init__(
        self,
        clock: Clock,
        health: TargetHealthBoard,
        ssm_runner: SsmRunner | None = None,
        faults: FaultRegistry | None = None,
    ) -> None:
        self.clock = clock
        self.health = health
        self.ssm_runner = ssm_runner
        self.faults = faults or FaultRegistry()
        self.agenda = DeferredActions(clock, clock.elapsed)
        self.retention = DeferredActions(clock, lambda since, seconds: clock.now() - since >= seconds)
        self.lock = RLock()
        self.memory: dict[str, Any] = {}
        self._areas: tuple[Area, ...] = ()
        self._replaced: list[tuple[Any, str, object]] = []

    def shown_for(self, seconds: float) -> float:
        """AWS seconds for which something that AWS shows for `seconds` after its end is shown here."""
        return seconds if math.isinf(self.clock.speed) else max(seconds, POLLED * self.clock.speed)

    def settle(self) -> None:
        """Catch up with the clock."""
        self.agenda.settle()
        self.retention.settle()

    def install(self, areas: Iterable[Area]) -> None:
        """Lay corrections over moto, in this order."""
        self._areas = tuple(areas)
        for area in self._areas:
            area.install(self)

    def reinstall(self) -> None:
        """Begin anew, with nothing remembered and nothing to happen. moto's own state is not looked at."""
        self.remove()
        self.memory.clear()
        self.agenda.replace(())
        self.retention.replace(())
        self.install(self._areas)

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


def _bound(correction: Correction, lab: ApiContext, original: Moto) -> Moto:
    @wraps(correction)
    def corrected(*args: Any, **kwargs: Any) -> Any:
        return correction(lab, original, *args, **kwargs)

    return corrected


def _missing(name: str) -> Moto:
    def missing(*_args: Any, **_kwargs: Any) -> Any:
        raise NotImplementedError(name)

    return missing
