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
    """The lab declared by the file at `path`, with `overrides` (`path=value`, as given to --set) applied in order.

    Raises `SpecError` with every problem of the file and of the overrides, also when the file cannot be read.
    """
    from pltui.spec.check import check
    from pltui.spec.source import read

    return check(read(path), str(path), overrides)


def parse(text: str, file: str = "<text>", overrides: Sequence[str] = ()) -> Spec:
    """The lab declared by `text`; `file` is what problems call it. Raises `SpecError`."""
    from pltui.spec.check import check

    return check(text, file, overrides)


def schema_text() -> str:
    """The JSON Schema (2020-12) of the spec format, as published for editors."""
    from pltui.spec.schema import schema_text as text

    return text()


def write_cross_zone(path: str | Path, on: bool) -> bool:
    """Set `provider.load_balancer.cross_zone` in the file at `path`, leaving every other character as it is.

    The file is replaced in one step; a symbolic link stays one, and the file's mode is kept. Returns whether the file
    changed. Raises `SpecError` when the file is not a valid spec or cannot be written.
    """
    from pltui.spec.edit import write_cross_zone as write

    return write(path, on)
