"""What tells things apart on a picture, with colour and without it."""

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
# Names of the theme's colours.
COLOURS: Mapping[Condition, str] = {
    Condition.READY: "success",
    Condition.UNSEEN: "faint",
    Condition.ABSENT: "faint",
    Condition.WORKING: "warning",
    Condition.LOST: "warning",
    Condition.BLOCKED: "warning",
    Condition.FAILED: "error",
}
LANES = 6  # colours there are for subnets


def lane_colour(subnet: int) -> str:
    """The colour's name for a provider's subnet; of a zone it is not in, none of them."""
    return f"lane-{(subnet - 1) % LANES + 1}" if subnet else "faint"


def letter(subnet: int) -> str:
    return chr(ord("A") + (subnet - 1) % 26) if subnet else "-"


def glyph(thing: Thing) -> str:
    return GLYPHS[Condition.FAILED] if thing.sick else GLYPHS[thing.condition]


def colour(thing: Thing) -> str:
    return "error" if thing.sick else COLOURS[thing.condition]


def subnet_of(scene: Scene, lane: str) -> int:
    return next((each.subnet for each in scene.lanes if each.key == lane), 0)


def zone_tail(key: str) -> str:
    """What tells a zone from the region's others: `az4` of `apne1-az4`, `1a` of `ap-northeast-1a`."""
    return key.rpartition("-")[2]
