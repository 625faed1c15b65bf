"""Identity of this process as lease holder, and whether another holder's process is still alive."""

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

from pltui.engine.lease import LeaseHolder
from pltui.text import timestamp


@dataclass(frozen=True, slots=True)
class LeaseOwner:
    """The holder of a lab's lease, for display. `own`: a run of this very lab object."""

    who: str  # alice@host
    verb: str
    since: str  # RFC 3339, UTC, by the holder's clock
    own: bool = False


BOOT, SPACE = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")


class ProcessIdentity:
    """Identity, clock and liveness checks of the process that takes a lease."""

    _ended: ClassVar[set[str]] = set()  # ids of ended runs of this process

    def holder(self, verb: str) -> LeaseHolder:
        """Return a holder for a new run of this process."""
        moment, pid = timestamp(), os.getpid()
        return LeaseHolder(
            run=uuid.uuid4().hex,
            host=_user_at_host(),
            machine=_machine_id(),
            pid=pid,
            born=_start_time(pid),
            verb=verb,
            since=moment,
            renewed=moment,
        )

    def alive(self, holder: LeaseHolder) -> bool | None:
        """Return True if the holder's run goes on; None if it is on another machine or cannot be determined."""
        if holder.run in self._ended:
            return False
        if holder.machine != _machine_id():
            return None
        try:
            os.kill(holder.pid, 0)
        except ProcessLookupError:
            return False
        except (PermissionError, OverflowError):  # a process of another user, or an impossible number
            pass
        born = _start_time(holder.pid)
        if not born or not holder.born:  # some systems do not report it, or not for other users' processes
            return None
        return born == holder.born

    def mark_ended(self, holder: LeaseHolder) -> None:
        """Mark a run of this process as ended, although the process lives on."""
        self._ended.add(holder.run)

    def clock(self) -> float:
        """Return seconds including machine sleep, because a lease expires meanwhile."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()  # on macOS it continues while the machine sleeps

    def now(self) -> str:
        """Return the current time, RFC 3339, UTC."""
        return timestamp()


def _user_at_host() -> str:
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):  # the user has no name, as in some containers
        return socket.gethostname()


def _machine_id() -> str:
    """Return an id of the namespace of process ids: one boot of one machine, and one container on it."""
    if BOOT.exists():
        parts = [BOOT.read_text().strip(), str(SPACE.readlink())]
    else:
        parts = [socket.gethostname(), str(uuid.getnode())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _start_time(pid: int) -> str:
    """Return the start time of a process in kernel ticks (proc(5), field 22).

    Empty if the system does not report it.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
