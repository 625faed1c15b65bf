"""Saved view state of each lab on each target: a small JSON file.

It is a convenience that nothing depends on: a broken, hostile or missing file counts as empty.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pltui.engine.json_values import load_foreign
from pltui.history import journal
from pltui.i18n import Phrase
from pltui.sandbox.private_folder import open_state_folder
from pltui.system import files

MAX_BYTES = 64 * 1024


def folder() -> Path:
    """Folder of these files, beside the recorded runs in the user's state folder; it may be missing."""
    return journal.folder().parent / "labs"


class ViewStateFile:
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
            found = load_foreign(files.read(self.path, MAX_BYTES).decode("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(getattr(error, "strerror", None) or type(error).__name__) from error
        if not isinstance(found, dict):
            raise ValueError(Phrase("it contains no settings"))
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
        open_state_folder(self.path.parent).close()
        files.replace(self.path, (json.dumps(changes, indent=2) + "\n").encode())
