"""Persistence of a sandbox: its state is written to a file soon after every change, and at the end."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pltui.emulator import private_file
from pltui.sandbox import locks

log = logging.getLogger(__name__)

# Real seconds. A burst of calls is saved once, QUIET after its last call, but a long one every LATEST at most.
QUIET = 2.0
LATEST = 15.0
RETRY = 15.0  # real seconds until the next attempt after a failed save


class StateLock:
    """Exclusive right of one process to a state file: a lock file beside it, released when the process ends."""

    def __init__(self, path: Path) -> None:
        """Acquire the lock.

        Raises:
            OSError: If it cannot be acquired; BlockingIOError if another process has it.
        """
        self._beside = path.with_name(f".{path.name}.lock")
        while True:
            self._held = locks.acquire(self._beside)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(self._beside.stat(), os.fstat(self._held.fileno())):
                    private_file.remove_drafts(path)
                    return
            self._held.close()  # the previous process has just released and removed it

    def release(self) -> None:
        """Remove the lock file and release the lock."""
        self._beside.unlink(missing_ok=True)
        self._held.close()


class Autosave:
    """Background thread that calls `save(path)` after changes.

    An error of `save` (OSError, ValueError or the like) is logged and reported in the status, never fatal, and the
    save is tried again. `save` is not called while another call of it is under way.
    """

    def __init__(self, path: Path, save: Callable[[Path], object], quiet: float = QUIET, retry: float = RETRY) -> None:
        self.path = path
        self._save, self._quiet, self._retry = save, quiet, retry
        self._saving = threading.Lock()
        self._dirty, self._ending = threading.Event(), threading.Event()
        self._again = threading.Event()
        self._saved = self._error = ""
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def touch(self) -> None:
        """Schedule a save after a change."""
        self._again.set()
        self._dirty.set()

    def status(self) -> dict[str, Any]:
        """`file`, the time `saved` (RFC 3339), and the `error` of the last attempt; the latter two may be None."""
        return {"file": str(self.path), "saved": self._saved or None, "error": self._error or None}

    def save_now(self) -> str:
        """Save; return the error, or "" if it is saved."""
        self._write()
        return self._error

    def close(self, save: bool = True) -> None:
        """Save for the last time, unless not wanted, and end the thread."""
        self._ending.set()
        self._again.set()
        self._dirty.set()
        self._thread.join()
        if save:
            self._write()

    def _run(self) -> None:
        while True:
            self._dirty.wait(self._retry if self._error else None)
            self._dirty.clear()
            self._let_it_calm_down()
            if self._ending.is_set():
                return
            self._write()

    def _let_it_calm_down(self) -> None:
        waited = 0.0
        self._again.clear()
        while waited < LATEST and not self._ending.is_set() and self._again.wait(self._quiet):
            self._again.clear()
            waited += self._quiet

    def _write(self) -> None:
        with self._saving:
            try:
                self._save(self.path)
            except Exception as error:  # a failed save must not stop the lab
                if str(error) != self._error:
                    log.error("the sandbox is not kept: %s", error)  # once, and without a traceback
                self._error = str(error)
            else:
                self._saved, self._error = datetime.now(UTC).isoformat(timespec="seconds"), ""
