"""A sandbox that outlives its process: what it knows is written to a file soon after every change, and at the end."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

# Real seconds: calls come in bursts, which are saved once; but not later than this, however long one lasts.
QUIET = 2.0
LATEST = 15.0


class StateLock:
    """The right to a file, of one process at a time: held by a lock beside it, which ends with the process."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where it cannot be had: BlockingIOError while somebody else holds it."""
        self._beside = path.with_name(f".{path.name}.lock")
        while True:
            self._held = os.open(self._beside, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._held)
                raise
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(self._beside.stat(), os.fstat(self._held)):
                    return
            os.close(self._held)  # its holder of before has just let go of it, and taken it away

    def release(self) -> None:
        self._beside.unlink(missing_ok=True)
        os.close(self._held)


class Autosave:
    """Calls `save(path)` in a thread of its own. It raises OSError, ValueError or the like; that is told, never fatal.

    `save` is not called while another call of it is under way.
    """

    def __init__(self, path: Path, save: Callable[[Path], object], quiet: float = QUIET) -> None:
        self.path = path
        self._save, self._quiet = save, quiet
        self._saving = threading.Lock()
        self._dirty, self._ending = threading.Event(), threading.Event()
        self._again = threading.Event()
        self._saved = self._error = ""
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def touch(self) -> None:
        """Something has changed."""
        self._again.set()
        self._dirty.set()

    def status(self) -> dict[str, Any]:
        """`file`, when `saved` (RFC 3339), and the `error` if that failed the last time; None where there is none."""
        return {"file": str(self.path), "saved": self._saved or None, "error": self._error or None}

    def close(self) -> None:
        """Save what there is, and no more after that."""
        self._ending.set()
        self._again.set()
        self._dirty.set()
        self._thread.join()
        self._write()

    def _run(self) -> None:
        while True:
            self._dirty.wait()
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
            except Exception as error:  # the lab goes on, whatever becomes of the file
                if str(error) != self._error:
                    log.error("the sandbox is not kept: %s", error)  # once, and without a traceback
                self._error = str(error)
            else:
                self._saved, self._error = datetime.now(UTC).isoformat(timespec="seconds"), ""
