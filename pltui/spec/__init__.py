"""A lab's YAML file, checked: text in, `Spec` or every problem at once out.

Importing this package is cheap; the YAML reader and the schema's checker are imported when a spec is first parsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pltui.spec.problems import Problem, SpecError

if TYPE_CHECKING:
    from pltui.spec.model import Spec

__all__ = ["Problem", "SpecError", "load", "parse", "schema_text", "write_cross_zone"]


def load(path: str | Path, overrides: Sequence[str] = ()) -> Spec:
    """Return the lab declared by the file at `path`, with `overrides` (`path=value`, as for --set) applied in order.

    Raises:
        SpecError: With every problem of the file and of the overrides, also if the file cannot be read.
    """
    from pltui.spec.check import check
    from pltui.spec.source import read

    return check(read(path), str(path), overrides)


def parse(text: str, file: str = "<text>", overrides: Sequence[str] = ()) -> Spec:
    """Return the lab declared by `text`; `file` is its name in problems.

    Raises:
        SpecError: If the text is no valid spec.
    """
    from pltui.spec.check import check

    return check(text, file, overrides)


def schema_text() -> str:
    """Return the JSON Schema (2020-12) of the spec format, as published for editors."""
    from pltui.spec.schema import schema_text as text

    return text()


def write_cross_zone(path: str | Path, on: bool) -> bool:
    """Set `provider.load_balancer.cross_zone` in the file at `path`, keeping every other character.

    The file is replaced atomically; a symbolic link and the file's mode are kept. Return True if the file changed.

    Raises:
        SpecError: If the file is not a valid spec or cannot be written.
    """
    from pltui.spec.edit import write_cross_zone as write

    return write(path, on)
