"""The runtime folder: files by which commands find the running daemon."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from pltui.sandbox import locks
from pltui.sandbox.client import Sandbox
from pltui.sandbox.private_folder import ForeignFolderError, PrivateFolder, open_private

RUNTIME_DIR = "PLTUI_RUNTIME_DIR"

RUNTIME = "sandbox.json"  # of the running daemon; see `Sandbox` for its keys
LOG = "sandbox.log"
ALIVE = "daemon.lock"  # locked while a daemon runs
OWNER = "daemon.owner"  # locked by the daemon in a way that names its process
STARTING = "start.lock"  # locked while a command starts the daemon

_TYPES = {"str": str, "int": int}
_LARGEST_RUNTIME_FILE = 65536  # bytes


def open_runtime_folder() -> PrivateFolder:
    """Open the runtime folder, created if needed. A folder that another user has created is passed over.

    Raises:
        FolderError: If none can be private to this user.
    """
    if chosen := os.environ.get(RUNTIME_DIR):
        return open_private(Path(chosen))
    *candidates, last = _candidates()
    for each in candidates:
        with contextlib.suppress(ForeignFolderError):
            return open_private(each)
    return open_private(last)


def _candidates() -> Iterator[Path]:
    import platformdirs

    # A session without XDG_RUNTIME_DIR gets a temporary folder; the warning would not help the user.
    with contextlib.suppress(OSError), warnings.catch_warnings(action="ignore"):
        folder = Path(platformdirs.user_runtime_dir("pltui"))
        if os.access(next(each for each in (folder, *folder.parents) if each.exists()), os.W_OK | os.X_OK):
            yield folder
    yield Path(tempfile.gettempdir()) / f"pltui-{os.getuid()}"
    yield Path(platformdirs.user_cache_dir("pltui")) / "run"


def is_alive(where: PrivateFolder) -> bool:
    """Return True if a daemon runs: it starts, answers or ends."""
    return locks.is_locked(ALIVE, where.descriptor)


def read_runtime_file(where: PrivateFolder) -> dict[str, Any]:
    """Return the content of the runtime file; empty if it is missing or malformed."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        with os.fdopen(where.open(RUNTIME, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            document = json.loads(file.read(_LARGEST_RUNTIME_FILE))
        if isinstance(document, dict):
            return document
    return {}


def find_running(where: PrivateFolder) -> Sandbox | None:
    """Return the running sandbox; None if there is none, or it is starting or ending."""
    if not is_alive(where):
        return None
    document = read_runtime_file(where)
    try:
        found = Sandbox(**{name: document[name] for name in Sandbox.__slots__})
    except KeyError:
        return None
    return found if all(type(document[each.name]) is _TYPES[str(each.type)] for each in fields(Sandbox)) else None
