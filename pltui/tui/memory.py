"""What is remembered of each lab from one sitting to the next: a small JSON file for each lab and target.

It is for people's comfort, and nothing depends on it: of a file that is broken, hostile or gone nothing is remembered.
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
    """Beside the recorded runs, in the user's state folder; it need not exist yet."""
    return journal.folder().parent / "labs"


class Memory:
    """Of one lab on one target. Files are replaced whole, so that two apps at once each find one that is sound."""

    def __init__(self, lab: str, target: str, where: Path | None = None) -> None:
        name = re.sub(r"[^a-z0-9-]+", "-", f"{lab}-{target}".lower())[:100]
        self.path = (where or folder()) / f"{name}.json"

    def read(self) -> dict[str, Any]:
        """What was remembered, nothing before the first time. Raises ValueError for a file that makes no sense."""
        try:
            text = self._text()
            found = json.loads(text) if text is not None else {}
        except (OSError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(getattr(error, "strerror", None) or type(error).__name__) from error
        if not isinstance(found, dict):
            raise ValueError(Phrase("it holds no settings"))
        return found

    def write(self, changes: Mapping[str, Any]) -> None:
        """Remember `changes` beside what else is remembered, also of versions that know more. Raises OSError."""
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
        """Raises OSError. Not blocking: nobody may ever write to a FIFO."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise OSError(0, Phrase("it is longer than {most:,} bytes", most=MAX_BYTES))
        return data.decode("utf-8")
