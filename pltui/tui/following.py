"""Screens that keep up with the lab while they are open."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from pltui.view.lab_snapshot import LabSnapshot


@runtime_checkable
class Follower(Protocol):
    """Told many times a second how the lab is and what time it is; draws only what is new."""

    def keep_up(self, world: LabSnapshot, now: datetime) -> None: ...
