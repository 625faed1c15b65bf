"""Edits one value of a spec file and keeps everything else."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

from pltui.i18n import Phrase
from pltui.spec.check import check
from pltui.spec.document import Document, read_document
from pltui.spec.document import Path as KeyPath
from pltui.spec.problems import SpecError
from pltui.spec.source import BOM, file_error, os_reason, read_exact
from pltui.system import files

_BALANCER: KeyPath = ("provider", "load_balancer")
_SWITCH: KeyPath = (*_BALANCER, "cross_zone")


def write_cross_zone(path: str | Path, on: bool) -> bool:
    """Set the switch in a spec file; see `pltui.spec.write_cross_zone`.

    Raises:
        SpecError: If the file is not a valid spec, its layout cannot be edited, or it cannot be written.
    """
    exact = read_exact(path)
    text = exact.removeprefix(BOM)
    before = check(text, str(path))
    if before.provider.load_balancer.cross_zone == on:
        return False
    edited = _with_cross_zone(text, "true" if on else "false")
    balancer = replace(before.provider.load_balancer, cross_zone=on)
    wanted = replace(before, provider=replace(before.provider, load_balancer=balancer))
    try:
        understood = check(edited, str(path)) == wanted
    except SpecError:
        understood = False
    if not understood:
        raise file_error(
            path,
            Phrase("cross_zone cannot be changed in this layout; set {path} by hand", path=".".join(map(str, _SWITCH))),
        )
    try:
        place = Path(os.path.realpath(path))
        rights = stat.S_IMODE(place.stat().st_mode)
        files.replace(place, (exact[: len(exact) - len(text)] + edited).encode(), files.PRIVATE, rights)
    except OSError as error:
        raise file_error(path, Phrase("cannot be written: {reason}", reason=os_reason(error))) from None
    return True


def _with_cross_zone(text: str, value: str) -> str:
    document = read_document(text)
    if _SWITCH in document.values:
        span = document.values[_SWITCH]
        return text[: span.start] + value + text[span.end :]
    if _BALANCER in document.values:
        return _with_entry(text, document, _BALANCER, f"cross_zone: {value}")
    return _with_entry(text, document, _BALANCER[:1], f"load_balancer: {{cross_zone: {value}}}")


def _with_entry(text: str, document: Document, mapping: KeyPath, entry: str) -> str:
    """Return `text` with `entry` before the other entries of `mapping`, in their form."""
    span = document.values[mapping]
    keys = [key for path, key in document.keys.items() if path[:-1] == mapping]
    if not keys:  # "{}": an empty mapping has no other form
        return f"{text[: span.start + 1]}{entry}{text[span.start + 1 :]}"
    first = min(keys, key=lambda key: key.start)
    line_end = "\r\n" if "\r\n" in text else "\n"
    separator = ", " if span.flow else line_end + " " * (first.column - 1)
    return text[: first.start] + entry + separator + text[first.start :]
