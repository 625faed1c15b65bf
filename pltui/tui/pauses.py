"""The garbage collector's pauses: it looks through all there is, which for a large lab takes a tenth of a second."""

from __future__ import annotations

import gc


def settle() -> None:
    """Take what exists now out of what it looks through: most of it stays as long as the app does.

    What can go already, goes first; to look for the rest would be such a pause itself.
    """
    gc.collect(1)
    gc.freeze()
