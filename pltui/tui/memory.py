"""Saved view state of each lab on each target: a small JSON file.

It is a convenience that nothing depends on: a broken, hostile or missing file counts as empty.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pltui.history import journal
from pltui.i18n import Phrase

MAX_BYTES = 64 * 1024


def folder() -> Path:
    """Folder of these files, beside the recorded runs in the user's state folder; it may be missing."""
    return journal.folder().parent / "labs"


class Memory:
    """File of one lab on one target. It is replaced as a whole, so that two apps at once never read a partial one."""

    def __init__(self, lab: str, target: str, where: Path | None = None) -> None:
        name = re.sub(r"[^a-z0-9-]+", "-", f"{lab}-{target}".lower())[:100]
        self.path = (where or folder()) / f"{name}.json"

    def read(self) -> dict[str, Any]:
        """Read the saved values; empty before the first save.

        Raises:
            ValueError: If the file is unreadable or malformed.
        """
        try:
            text = self._text()
            found = json.loads(text) if text is not None else {}
        except (OSError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(getattr(error, "strerror", None) or type(error).__name__) from error
        if not isinstance(found, dict):
            raise ValueError(Phrase("it holds no settings"))
        return found

    def write(self, changes: Mapping[str, Any]) -> None:
        """Save `changes`; other values stay, including those of newer versions.

        Raises:
            OSError: If the file cannot be written.
        """
        if not changes:
            return
        with contextlib.suppress(ValueError):
            changes = {**self.read(), **changes}
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        try:
            temporary.write_text(json.dumps(changes, indent=2) + "\n", encoding="utf-8")
            temporary.replace(self.path)
        finally:
            temporary.unlink(missing_ok=True)

    def _text(self) -> str | None:
        """Read the file; None if it is missing. Opened without blocking, because it may be a FIFO without a writer.

        Raises:
            OSError: If it cannot be read, or is too long.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise OSError(0, Phrase("it is longer than {most:,} bytes", most=MAX_BYTES))
        return data.decode("utf-8")
