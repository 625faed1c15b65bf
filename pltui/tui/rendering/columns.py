"""Columns of the tree that fit into a row: the others are omitted from the right, and no row is wrapped."""

from __future__ import annotations

from dataclasses import dataclass

SIGN = 2  # the glyph and a blank
GAP = 2
STATE, AGE, ID = 12, 4, 26  # cells: "provisioning", "120d", "vpce-svc-0123456789abcdef0"
LEAST_NAME, LEAST_NOTE, LEAST_EXTRA = 16, 24, 8  # cells below which the column is useless


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column; 0 if it is omitted. `note` is the room left for notes.

    Without `id`, rows without a note show the id in the note's column.
    """

    name: int
    state: int = 0
    age: int = 0
    id: int = 0
    note: int = 0
    beside_name: int = 0  # everything right of the name, without the gap after it


def fit(room: int, longest: int) -> Columns:
    """Columns for rows of `room` cells, if the longest name takes `longest` cells."""
    room -= SIGN
    beside = GAP + STATE
    if room < LEAST_NAME + beside:
        return Columns(max(0, min(room, longest)))
    name = min(longest, room - beside)
    all_else = room - name - GAP
    room -= name + beside
    if room < GAP + AGE:
        return Columns(name, STATE, beside_name=all_else)
    room -= GAP + AGE + GAP
    if room >= ID + GAP + LEAST_NOTE:
        return Columns(name, STATE, AGE, ID, room - ID - GAP, all_else)
    return Columns(name, STATE, AGE, 0, room if room >= LEAST_EXTRA else 0, all_else)
