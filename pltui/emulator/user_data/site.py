"""Content of a machine's web server: plain values, built from user data and served by `webserver`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Software: TypeAlias = Literal["httpd", "nginx", "python", "busybox"]


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content: `data`, followed by `zeros` bytes that are 0, so that a large file takes no memory."""

    data: bytes = b""
    zeros: int = 0

    def __len__(self) -> int:
        return len(self.data) + self.zeros

    def __add__(self, other: Blob) -> Blob:
        """Concatenate two contents.

        Raises:
            ValueError: If data would follow zeros.
        """
        if self.zeros and other.data:
            raise ValueError("data cannot follow zeros")
        return Blob(self.data + other.data, self.zeros + other.zeros)


@dataclass(frozen=True)
class Site:
    """One port of one machine. `files` are by absolute path; a directory exists if it has files."""

    port: int = 80
    files: Mapping[str, Blob] = field(default_factory=dict)
    software: Software = "httpd"

    @classmethod
    def of(cls, page: bytes, port: int = 80) -> Site:
        """A site with one page, at the root."""
        return cls(port, {"/index.html": Blob(page)})
