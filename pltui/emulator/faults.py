"""Injected faults of the network and the API."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from threading import Lock

from pltui.reachability.world import Fault, FaultKind


class FaultRegistry:
    """The faults in force, which API and network apply.

    Thread-safe; `changed` is called after every change.
    """

    def __init__(self, changed: Callable[[], object] = lambda: None) -> None:
        self._lock = Lock()
        self._last = 0
        self._faults: tuple[Fault, ...] = ()
        self.changed = changed

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults in force, oldest first."""
        return self._faults

    def add(self, kind: FaultKind, subject: str, amount: float = 0, error: str = "") -> Fault:
        """Add a fault, in place of one of the same kind, subject and error if there is one."""
        with self._lock:
            self._last += 1
            fault = Fault(f"fault-{self._last}", kind, subject, amount, error)
            same = (kind, subject, error)
            kept = tuple(each for each in self._faults if (each.kind, each.subject, each.error) != same)
            self._faults = (*kept, fault)
        self.changed()
        return fault

    def use(self, fault_id: str) -> bool:
        """Count one call that an error fault answers, and remove the fault with its last one; False if it has ended."""
        with self._lock:
            fault = next((each for each in self._faults if each.id == fault_id), None)
            if fault is None:
                return False
            if not fault.amount:
                return True
            left = (replace(fault, amount=fault.amount - 1),) if fault.amount > 1 else ()
            at = self._faults.index(fault)
            self._faults = (*self._faults[:at], *left, *self._faults[at + 1 :])
        self.changed()
        return True

    def clear(self, fault_id: str | None = None) -> tuple[Fault, ...]:
        """Remove one fault, or all; return those removed."""
        with self._lock:
            cleared = tuple(each for each in self._faults if fault_id in (None, each.id))
            self._faults = tuple(each for each in self._faults if each not in cleared)
        self.changed()
        return cleared

    def replace(self, faults: Iterable[Fault]) -> None:
        """Replace all faults. Faults added later get new numbers."""
        with self._lock:
            self._faults = tuple(faults)
            numbers = (each.id.removeprefix("fault-") for each in self._faults)
            self._last = max((self._last, *(int(number) for number in numbers if number.isdecimal())))
        self.changed()
