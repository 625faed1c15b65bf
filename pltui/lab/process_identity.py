"""Who this process is to others that would write to the same lab, and whether one of them still lives."""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pltui.engine.events import now
from pltui.engine.lease import LeaseHolder


@dataclass(frozen=True, slots=True)
class LeaseOwner:
    """Who is changing a lab, for people to read. `own`: a run of this very lab."""

    who: str  # alice@host
    verb: str
    since: str  # RFC 3339, UTC, by the holder's clock
    own: bool = False


BOOT, SPACE = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")


class ProcessIdentity:
    """What a lease needs to know of where it is taken."""

    _ended: ClassVar[set[str]] = set()  # runs of this process

    def holder(self, verb: str) -> LeaseHolder:
        """A new run of this process."""
        moment, pid = now(), os.getpid()
        return LeaseHolder(uuid.uuid4().hex, _host(), _machine(), pid, _born(pid), verb, moment, moment)

    def alive(self, holder: LeaseHolder) -> bool | None:
        """Whether its run goes on; None where it is on another machine, or nobody here can tell."""
        if holder.run in self._ended:
            return False
        if holder.machine != _machine():
            return None
        try:
            os.kill(holder.pid, 0)
        except ProcessLookupError:
            return False
        except (PermissionError, OverflowError):  # there is one, of another user; or there is no such number
            pass
        born = _born(holder.pid)
        if not born or not holder.born:  # some systems do not tell, or not of other users' processes
            return None
        return born == holder.born

    def ended(self, holder: LeaseHolder) -> None:
        self._ended.add(holder.run)

    def clock(self) -> float:
        """Seconds, those included that the machine slept: a lease runs out meanwhile."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()  # macOS: goes on while the machine sleeps

    def now(self) -> str:
        return now()


def _host() -> str:
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):  # a user without a name, as in some containers
        return socket.gethostname()


def _machine() -> str:
    """Where process numbers mean the same: one boot of one machine, and one container on it."""
    if BOOT.exists():
        parts = [BOOT.read_text().strip(), str(SPACE.readlink())]
    else:
        parts = [socket.gethostname(), str(uuid.getnode())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _born(pid: int) -> str:
    """When it began, in the kernel's ticks (proc(5), field 22); empty where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
