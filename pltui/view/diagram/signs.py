"""Glyphs, colours and letters that distinguish things in a diagram, with and without colour."""

from __future__ import annotations

from collections.abc import Mapping

from pltui.view.diagram.model import Scene, Thing
from pltui.view.lab_snapshot import Condition

GLYPHS: Mapping[Condition, str] = {
    Condition.READY: "●",
    Condition.UNSEEN: "·",
    Condition.ABSENT: "○",
    Condition.WORKING: "◐",
    Condition.LOST: "?",
    Condition.BLOCKED: "⊘",
    Condition.FAILED: "✗",
}
# Colour names of the theme.
COLOURS: Mapping[Condition, str] = {
    Condition.READY: "success",
    Condition.UNSEEN: "faint",
    Condition.ABSENT: "faint",
    Condition.WORKING: "warning",
    Condition.LOST: "warning",
    Condition.BLOCKED: "warning",
    Condition.FAILED: "error",
}
LANES = 6  # number of colours for subnets


def lane_colour(subnet: int) -> str:
    """Return the colour name of a provider's subnet; "faint" for 0, a zone without one."""
    return f"lane-{(subnet - 1) % LANES + 1}" if subnet else "faint"


def letter(subnet: int) -> str:
    """Return the letter of a subnet, "-" for 0; repeats after Z."""
    return chr(ord("A") + (subnet - 1) % 26) if subnet else "-"


def glyph(thing: Thing) -> str:
    """Return the glyph for the thing's condition; a sick thing counts as failed."""
    return GLYPHS[Condition.FAILED] if thing.sick else GLYPHS[thing.condition]


def colour(thing: Thing) -> str:
    """Return the colour name for the thing's condition; a sick thing counts as failed."""
    return "error" if thing.sick else COLOURS[thing.condition]


def subnet_of(scene: Scene, lane: str) -> int:
    """Return the number of the provider's subnet in a lane; 0 if none."""
    return next((each.subnet for each in scene.lanes if each.key == lane), 0)


def zone_tail(key: str) -> str:
    """Return the part of a zone that is unique in its region: `az4` of `apne1-az4`, `1a` of `ap-northeast-1a`."""
    return key.rpartition("-")[2]
