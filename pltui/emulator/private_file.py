"""Atomic write of the emulator's files. It shares no module for this with the rest of pltui, without which it runs."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

_DRAFT = re.compile("[0-9a-f]{8}")


def remove_drafts(path: Path) -> None:
    """Remove what a killed process has left of `replace`. Only for a file that this process alone may replace."""
    try:
        for each in path.parent.iterdir():
            name = each.name.removeprefix(f".{path.name}.")
            if name != each.name and _DRAFT.fullmatch(name) and each.lstat().st_uid == os.getuid():
                each.unlink(missing_ok=True)
    except OSError:
        return


def replace(path: Path, content: bytes) -> None:
    """Replace a file atomically by one that only this user may read.

    Raises:
        OSError: If it cannot be written; an older file is then intact.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
