"""Bound of the work that one machine's user data causes."""

from __future__ import annotations

MOST_BYTES = 16384
"""Size of user data before encoding (EC2 user guide, user data)."""

# A step is about one character read or one byte written. A script of 16 KB that writes itself to a file takes 60,000.
STEPS = 150_000


class ExhaustedError(Exception):
    """The user data takes more steps than it may."""


class Budget:
    """The steps that are left. As all that is read and kept takes steps, they bound time and memory alike."""

    def __init__(self, steps: int = STEPS) -> None:
        self.steps = self.left = steps

    def spend(self, steps: int) -> None:
        """Take `steps` off.

        Raises:
            ExhaustedError: If fewer are left.
        """
        self.left -= steps
        if self.left < 0:
            raise ExhaustedError(f"it takes more than {self.steps} steps")
