"""Installation of corrections over moto, and the objects that they share: the lab's clock, agenda and lock."""

import heapq
import itertools
import logging
import math
from collections.abc import Callable, Hashable, Iterable
from functools import wraps
from operator import attrgetter
from threading import RLock
from typing import NamedTuple, Protocol, TypedDict, TypeVar

from pltui.emulator.clock import Clock
from pltui.emulator.faults import FaultRegistry
from pltui.emulator.health_board import TargetHealthBoard
from pltui.emulator.moto_adapter.values import Correction, Moto, Result, Structure

SsmRunner = Callable[[str, list[str], float], tuple[int, str, str] | None]
"""(instance id, commands, timeout in seconds) -> (exit code, stdout, stderr), or None if the command is not known."""

POLLED = 60.0
"""Minimum real seconds for which an ended resource is described: tools poll for its end every 10 seconds or so."""

_ABSENT = object()
_log = logging.getLogger(__name__)


Action = TypeVar("Action", bound=Callable[..., object])
_deferrable: dict[str, Callable[..., object]] = {}


def deferrable(action: Action) -> Action:
    """Allow a module-level function as an action that is saved and loaded with the lab. A decorator."""
    _deferrable[action_name(action)] = action
    return action


def action_name(action: Callable[..., object]) -> str:
    """The name of an action, `module:function`."""
    return f"{getattr(action, '__module__', '')}:{getattr(action, '__qualname__', '')}"


def find_action(name: str) -> Callable[..., object] | None:
    """The function that was marked by `deferrable` under this name, or None."""
    return _deferrable.get(name)


class DeferredAction(NamedTuple):
    """A future action. Times are AWS seconds of the lab's clock; `order` is the order of scheduling."""

    due: float
    order: int
    since: float
    seconds: float
    subject: Hashable
    action: Callable[..., object]
    args: tuple[object, ...]


_order = attrgetter("due", "order")


class DeferredActions:
    """Agenda of future actions. Nothing runs by itself: due actions run at the next call of `settle`.

    A state that takes time is thus one entry ("`available` in 60 s"), and cannot be observed late: every request calls
    `settle` first.
    """

    def __init__(self, clock: Clock, over: Callable[[float, float], bool]) -> None:
        """Create an empty agenda. `over(since, seconds)` returns True if a wait since lab time `since` is over."""
        self._clock, self._over = clock, over
        self._order = itertools.count()
        self._entries: list[DeferredAction] = []
        self._latest: dict[Hashable, int] = {}
        self._happening: float | None = None

    def now(self) -> float:
        """The lab time; during an action, the time at which it became due."""
        return self._clock.now() if self._happening is None else self._happening

    def after(self, seconds: float, subject: Hashable, action: Callable[..., object], *args: object) -> None:
        """Call `action(*args)` once `seconds` AWS seconds have passed; replaces a pending action of `subject`.

        A function marked by `deferrable`, with its data as arguments, can be saved with the lab; a closure cannot.
        """
        now, order = self.now(), next(self._order)
        self._latest[subject] = order
        heapq.heappush(
            self._entries,
            DeferredAction(
                due=now + seconds, order=order, since=now, seconds=seconds, subject=subject, action=action, args=args
            ),
        )

    def cancel(self, subject: Hashable) -> None:
        """Remove the pending action of `subject`, if any."""
        self._latest.pop(subject, None)

    def awaits(self, subject: Hashable) -> bool:
        """True if `subject` has a pending action."""
        return subject in self._latest

    def entries(self) -> list[DeferredAction]:
        """The pending actions, soonest first."""
        return [each for each in sorted(self._entries, key=_order) if self._latest.get(each.subject) == each.order]

    def replace(self, entries: Iterable[DeferredAction]) -> None:
        """Replace all pending actions; their times are those of the clock."""
        self._entries, self._latest = [], {}
        for entry in entries:
            order = next(self._order)
            self._latest[entry.subject] = order
            heapq.heappush(self._entries, DeferredAction(entry.due, order, *entry[2:]))

    def settle(self) -> None:
        """Run the due actions, oldest first."""
        while self._entries and self._over(self._entries[0].since, self._entries[0].seconds):
            entry = heapq.heappop(self._entries)
            if self._latest.get(entry.subject) == entry.order:
                del self._latest[entry.subject]
                self._happening = min(entry.due, self._clock.now())
                try:
                    entry.action(*entry.args)
                except Exception:
                    # The other actions are due too, and the current request has not caused the error.
                    _log.exception("what was to become of %r could not be done", entry.subject)
                finally:
                    self._happening = None


class Area(Protocol):
    """A module of corrections."""

    def install(self, lab: "ApiContext") -> None:
        """Install the module's corrections by `lab.around` and `lab.replace`."""


class AreaData(TypedDict, total=False):
    """The areas' data beyond moto's own objects."""

    changes: dict[str, Structure]  # of hosted zones, by id
    tokens: dict[tuple[str, ...], tuple[str, Result]]  # client tokens: the parameters, and the result
    throttling: dict[tuple[str, ...], tuple[float, float]]  # the level of each bucket, and the time of it
    young: dict[str, float]  # the times at which resources were created that reads may omit


class ApiContext:
    """The shared state of the corrections.

    `agenda` has the state changes that AWS takes time for; with an instant clock they are due at once. `retention` has
    the removals of data that AWS keeps for a time, which is no delay and thus not shortened. `lock` is held during
    every call, so that checks and changes are one step; moto is limited by the interpreter's lock anyway. `memory` has
    the corrections' data beyond moto's own objects, by area: an area's `install` creates its entry, and its functions
    look it up each time, as loading a saved lab replaces it.
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
        self.agenda = DeferredActions(clock, clock.has_elapsed)
        self.retention = DeferredActions(clock, lambda since, seconds: clock.now() - since >= seconds)
        self.lock = RLock()
        self.memory: AreaData = {}
        self._areas: tuple[Area, ...] = ()
        self._replaced: list[tuple[object, str, object]] = []

    def shown_for(self, seconds: float) -> float:
        """AWS seconds for which an ended resource is described here, if AWS describes it for `seconds`."""
        return seconds if math.isinf(self.clock.speed) else max(seconds, POLLED * self.clock.speed)

    def settle(self) -> None:
        """Run the due actions of agenda and retention."""
        self.agenda.settle()
        self.retention.settle()

    def install(self, areas: Iterable[Area]) -> None:
        """Install corrections over moto, in this order."""
        self._areas = tuple(areas)
        for area in self._areas:
            area.install(self)

    def reinstall(self) -> None:
        """Install the corrections again, with empty memory and agendas. moto's own state is not changed."""
        self.remove()
        self.memory = {}
        self.agenda.replace(())
        self.retention.replace(())
        self.install(self._areas)

    def around(self, owner: object, *corrections: Correction, **named: Correction) -> None:
        """Replace functions of `owner`, a class or module of moto, by the corrections with their names.

        A correction gets this lab, then moto's own function (which it may call), then the call's arguments. If moto has
        no function of that name, calling it raises NotImplementedError.
        """
        for name, correction in {**{c.__name__: c for c in corrections}, **named}.items():
            original = getattr(owner, name, None) or _missing(name)
            self.replace(owner, name, _bound(correction, self, original))

    def replace(self, owner: object, name: str, value: object) -> None:
        """Set an attribute of moto's class or module until `remove`."""
        self._replaced.append((owner, name, vars(owner).get(name, _ABSENT)))
        setattr(owner, name, value)

    def remove(self) -> None:
        """Restore moto's own attributes."""
        while self._replaced:
            owner, name, value = self._replaced.pop()
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


def _bound(correction: Correction, lab: ApiContext, original: Moto) -> Moto:
    @wraps(correction)
    def correct(*args: object, **kwargs: object) -> object:
        return correction(lab, original, *args, **kwargs)

    return correct


def _missing(name: str) -> Moto:
    def missing(*_args: object, **_kwargs: object) -> object:
        raise NotImplementedError(name)

    return missing
