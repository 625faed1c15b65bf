"""Addresses of a lab's resources, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pltui.i18n import tr

PROVIDER = "provider"  # the side of the provider; other sides are named as their consumers


@dataclass(frozen=True, slots=True)
class Address:
    """An address: a side and a path of parts, such as `provider/server-2/target`.

    The engine, tags, journals and plans have addresses as text, which `str` gives back. Text also remains the key of
    mappings: looking up a subclass of `str` takes a third longer, which the planner would notice.
    """

    side: str
    parts: tuple[str, ...]  # a block of addresses, such as the destination of a route, is one part

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the address with this text, which may be any."""
        side, *parts = text.split("/")
        if len(parts) > 1 and parts[-1].isdecimal() and "." in parts[-2]:
            parts[-2:] = ["/".join(parts[-2:])]
        return cls(side, tuple(parts))

    def __str__(self) -> str:
        return "/".join((self.side, *self.parts))

    @property
    def path(self) -> str:
        """The address without its side: `server-2/target`."""
        return "/".join(self.parts)

    @property
    def part(self) -> str:
        """The path without its number: `server` for `provider/server-2`."""
        return self._split_number()[0]

    @property
    def index(self) -> int | None:
        """The number at the end of the path: 2 for `provider/server-2`."""
        number = self._split_number()[1]
        return int(number) if number else None

    def _split_number(self) -> tuple[str, str]:
        part, _, number = self.path.rpartition("-")
        return (part, number) if number.isdecimal() else (self.path, "")

    @property
    def private_subnet(self) -> int | None:
        """Number of a private subnet; None for other resources."""
        return self.index if self.part == "private-subnet" else None

    @property
    def label(self) -> str:
        """The path in words: `server 2 target`."""
        return " ".join(map(_in_words, self.parts))

    @property
    def words(self) -> str:
        """The address in words: `provider server 2 target`."""
        return f"{self.side} {self.label}".rstrip()


def _in_words(part: str) -> str:
    if "." in part:  # host names and blocks are not split
        return part
    words, _, number = part.replace("-", " ").rpartition(" ")
    return f"{tr(words)} {number}" if words and number.isdecimal() else tr(part.replace("-", " "))
