"""A grid of styled cells to draw on: text, boxes, and lines that join where they meet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from pltui.text import cut, pad, width

Cell = tuple[str, "Ink"]
Point = tuple[int, int]  # column, row; from the upper left corner
_UP, _RIGHT, _DOWN, _LEFT = range(4)
_DIRECTIONS = {
    "UP": (_UP,), "RIGHT": (_RIGHT,), "DOWN": (_DOWN,), "LEFT": (_LEFT,),
    "VERTICAL": (_UP, _DOWN), "HORIZONTAL": (_RIGHT, _LEFT),
}  # fmt: skip
_WEIGHTS = {"LIGHT": 1, "HEAVY": 2}
LIGHT, HEAVY = 1, 2
DASHED, DOTTED = -1, -2  # these do not join other lines
_BROKEN = {DASHED: ("╌", "╎"), DOTTED: ("┈", "┊")}
# Upper left, horizontal, upper right, vertical, lower right, lower left.
BOXES: Mapping[str, str] = {
    "round": "╭─╮│╯╰",
    "heavy": "┏━┓┃┛┗",
    "double": "╔═╗║╝╚",
    "dotted": "┌┈┐┊┘└",
}


@dataclass(frozen=True, slots=True)
class Ink:
    """Style of a cell. `colour` is a colour name of the theme, or "" for the default text colour."""

    colour: str = ""
    bold: bool = False
    dim: bool = False
    reverse: bool = False


PLAIN = Ink()


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one ink."""

    text: str
    ink: Ink = PLAIN


def runs_width(runs: Iterable[Run]) -> int:
    """Return the width of the runs in cells."""
    return sum(width(run.text) for run in runs)


@cache
def _joints() -> Mapping[tuple[int, ...], str]:
    """Return box characters by the weights of their four arms, derived from their Unicode names."""
    found: dict[tuple[int, ...], str] = {}
    for code in (*range(0x2500, 0x254C), *range(0x2574, 0x2580)):
        name = unicodedata.name(chr(code)).removeprefix("BOX DRAWINGS ")
        if "DASH" not in name:
            found[_parse_arms(name.split())] = chr(code)
    return found


def _parse_arms(words: Sequence[str]) -> tuple[int, ...]:
    """Parse words such as "DOWN HEAVY AND RIGHT LIGHT" or "LIGHT DOWN AND HORIZONTAL" into weights of arms."""
    arms, waiting, first = [0, 0, 0, 0], list[str](), words[0] in _WEIGHTS
    weight = 0
    for word in words:
        if word in _WEIGHTS:
            weight = _WEIGHTS[word]
            for direction in waiting:
                for arm in _DIRECTIONS[direction]:
                    arms[arm] = weight
            waiting = []
        elif word in _DIRECTIONS and first:
            for arm in _DIRECTIONS[word]:
                arms[arm] = weight
        elif word in _DIRECTIONS:
            waiting.append(word)
    return tuple(arms)


def _joint_character(arms: Sequence[int]) -> str:
    """Return the character for these arms; a line's end is drawn across the whole cell."""
    if sum(map(bool, arms)) == 1:
        arms = [weight or arms[number - 2] for number, weight in enumerate(arms)]
    return _joints()[tuple(arms)]


def _direction(here: Point, there: Point) -> int:
    return {(0, -1): _UP, (1, 0): _RIGHT, (0, 1): _DOWN, (-1, 0): _LEFT}[there[0] - here[0], there[1] - here[1]]


class Canvas:
    """Grid of `columns` × `rows` cells. Drawing outside of it is ignored, so the size is never exceeded."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        # A cell covered by the wide character before it contains "".
        self._cells: list[list[Cell]] = [[(" ", PLAIN)] * columns for _ in range(rows)]
        self._arms: dict[Point, list[int]] = {}
        self._lent: dict[int, tuple[Run, ...]] = {}  # rows still shared with another canvas, as its runs

    def copy(self) -> Canvas:
        """Return a copy to draw on; cheap, because rows are shared until they are drawn on.

        This canvas must not be drawn on afterwards.
        """
        other = Canvas(self.columns, 0)
        other.rows, other._cells = self.rows, list(self._cells)
        other._arms = self._arms
        other._lent = dict(enumerate(self.lines()))
        return other

    def _own_row(self, y: int) -> list[Cell]:
        """Return a row for drawing, copied first if it is shared."""
        if self._lent.pop(y, None) is not None:
            self._cells[y] = list(self._cells[y])
        return self._cells[y]

    def put(self, x: int, y: int, text: str, ink: Ink = PLAIN) -> int:
        """Write `text`, and return the column after it."""
        if not 0 <= y < self.rows:
            return x + width(text)
        if _narrow(text):
            return self._put_narrow(x, y, text, ink)
        for character in text:
            cells = width(character)
            if cells == 0:
                continue
            if x >= 0 and x + cells <= self.columns:
                row = self._own_row(y)
                self._clear_wide(x, row)
                row[x] = (character, ink)
                if cells == 2:
                    self._clear_wide(x + 1, row)
                    row[x + 1] = ("", ink)
            x += cells
        return x

    def _put_narrow(self, x: int, y: int, text: str, ink: Ink) -> int:
        """Write text whose characters take one cell each, the common case, faster than `put`."""
        first, last = max(x, 0), min(x + len(text), self.columns)
        if first < last:
            row = self._own_row(y)
            self._clear_wide(first, row)
            self._clear_wide(last - 1, row)
            row[first:last] = [(character, ink) for character in text[first - x : last - x]]
        return x + len(text)

    def _clear_wide(self, x: int, row: list[Cell]) -> None:
        """Clear the rest of a wide character that is partly overwritten."""
        if row[x][0] == "":
            row[x - 1] = (" ", row[x - 1][1])
        elif x + 1 < self.columns and row[x + 1][0] == "":
            row[x + 1] = (" ", row[x + 1][1])

    def runs(self, x: int, y: int, runs: Iterable[Run]) -> int:
        """Write runs one after another, and return the column after them."""
        for run in runs:
            x = self.put(x, y, run.text, run.ink)
        return x

    def at(self, x: int, y: int) -> str:
        """Return the character of a cell; "" outside the canvas."""
        return self._cells[y][x][0] if 0 <= y < self.rows and 0 <= x < self.columns else ""

    def line(self, points: Sequence[Point], weight: int, ink: Ink) -> None:
        """Draw straight lines from point to point, both ends included; they join the lines they meet."""
        cells = list(cells_between(points))
        if weight in _BROKEN:
            self._draw_dashed(cells, weight, ink)
            return
        for one, other in pairwise(cells):
            self._join_neighbours(one, other, weight, ink)
            self._join_neighbours(other, one, weight, ink)

    def _draw_dashed(self, cells: Sequence[Point], weight: int, ink: Ink) -> None:
        """Draw a dashed line, which goes beneath other lines and turns in plain corners."""
        for number, here in enumerate(cells):
            near = [cells[n] for n in (number - 1, number + 1) if 0 <= n < len(cells)]
            arms = [0, 0, 0, 0]
            for there in near:
                arms[_direction(here, there)] = LIGHT
            turns = (arms[_LEFT] or arms[_RIGHT]) and (arms[_UP] or arms[_DOWN])
            upright = arms[_UP] or arms[_DOWN]
            if here not in self._arms:
                self.put(*here, _joints()[tuple(arms)] if turns else _BROKEN[weight][bool(upright)], ink)

    def _join_neighbours(self, here: Point, there: Point, weight: int, ink: Ink) -> None:
        arms = self._arms.setdefault(here, [0, 0, 0, 0])
        arm = _direction(here, there)
        arms[arm] = max(arms[arm], weight)
        heaviest = max(arms) == weight
        if 0 <= here[1] < self.rows and 0 <= here[0] < self.columns:
            ink = ink if heaviest else self._cells[here[1]][here[0]][1]
            self.put(*here, _joint_character(arms), ink)

    def box(self, x: int, y: int, columns: int, rows: int, kind: str, ink: Ink) -> None:
        """Draw a frame and clear its inside."""
        upper_left, across, upper_right, down, lower_right, lower_left = tuple(BOXES[kind])
        inside = columns - 2
        self.put(x, y, upper_left + across * inside + upper_right, ink)
        for row in range(y + 1, y + rows - 1):
            self.put(x, row, down + " " * inside + down, ink)
        self.put(x, y + rows - 1, lower_left + across * inside + lower_right, ink)

    def tint(self, x: int, y: int, columns: int, ink: Ink) -> None:
        """Change the ink of cells and keep their text."""
        for column in range(max(0, x), min(self.columns, x + columns)):
            if 0 <= y < self.rows:
                row = self._own_row(y)
                row[column] = (row[column][0], ink)

    def lines(self) -> tuple[tuple[Run, ...], ...]:
        """Return each row as runs, exactly `columns` wide."""
        return tuple(self._lent.get(y) or join_cells(row) for y, row in enumerate(self._cells))


@lru_cache(maxsize=4096)
def _narrow(text: str) -> bool:
    """Return True if each character takes one cell."""
    return text.isascii() or all(width(character) == 1 for character in text)


def join_cells(cells: Iterable[Cell]) -> tuple[Run, ...]:
    """Return cells as runs, merging neighbours of one ink."""
    runs: list[Run] = []
    text, last = list[str](), PLAIN
    for character, ink in cells:
        if ink is not last and ink != last:
            if text:
                runs.append(Run("".join(text), last))
            text, last = [], ink
        text.append(character)
    if text:
        runs.append(Run("".join(text), last))
    return tuple(runs)


def cells_between(points: Sequence[Point]) -> Iterable[Point]:
    """Yield every cell of the line through `points`; corners occur once."""
    if points:
        yield points[0]
    for (x, y), (to_x, to_y) in pairwise(points):
        step_x, step_y = (to_x > x) - (to_x < x), (to_y > y) - (to_y < y)
        while (x, y) != (to_x, to_y):
            x, y = (x + step_x, y) if step_x else (x, y + step_y)
            yield x, y


def fit_text(text: str, columns: int) -> str:
    """Return `text` cut or padded to exactly `columns` cells."""
    return pad(cut(text, columns), columns)
