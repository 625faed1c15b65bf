"""File format of a sandbox's state: two lines of JSON, a heading and the content.

The heading has the versions that wrote it and the digest of the second line. Reading such a file runs no code from it,
see `pltui.emulator.api.object_graph`. It may contain secrets: user data and parameters are in it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pltui import __version__
from pltui.emulator import private_file
from pltui.emulator.health_board import TargetHealth
from pltui.reachability.world import Fault, FaultKind

FORMAT = 2
_KIND = "pltui sandbox"
LARGEST = 128 * 2**20  # bytes; a lab takes about a quarter of a million, the largest one about 20 million
MOST_ROWS = 1000  # faults, and (account, region) pairs

_FAULT_ID = re.compile(r"fault-[0-9]{1,9}")
_ACCOUNT, _REGION = re.compile(r"([0-9]{12})?"), re.compile(r"[a-z0-9-]{1,40}( aws[a-z-]{0,20})?")


class Content(NamedTuple):
    """The parts of a snapshot other than the API's state; times are AWS seconds."""

    clock: float
    speed: float
    faults: list[Fault]
    health: list[tuple[tuple[str, str, int], TargetHealth]]
    places: list[tuple[str, str]]  # (account, region)


class SnapshotError(Exception):
    """The file cannot be written or loaded; the message gives the reason."""


def write(path: Path, content: dict[str, Any]) -> int:
    """Write a snapshot atomically, readable by this user only; return its size in bytes.

    Raises:
        SnapshotError: If it cannot be written; an older file is then intact.
    """
    body = json.dumps(content, separators=(",", ":")).encode()
    heading = {
        "kind": _KIND,
        "format": FORMAT,
        "pltui": __version__,
        "moto": _moto(),
        "saved": datetime.now(UTC).isoformat(timespec="seconds"),
        "digest": hashlib.sha256(body).hexdigest(),
    }
    data = json.dumps(heading).encode() + b"\n" + body + b"\n"
    try:
        if path.exists() and not path.is_file():
            raise SnapshotError(f"{path} is not a file")
        private_file.replace(path, data)
    except OSError as error:
        raise SnapshotError(f"{path} cannot be written: {error.strerror or error}") from error
    return len(data)


def read(path: Path) -> dict[str, Any]:
    """Return the content of a snapshot.

    Raises:
        SnapshotError: If the file is damaged, or was written with another moto or format.
    """
    try:
        if not path.is_file():
            raise SnapshotError(f"{path} is not a file")
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise SnapshotError(f"{path} is larger than any snapshot")
        first, _, body = data.partition(b"\n")
    except OSError as error:
        raise SnapshotError(f"{path} cannot be read: {error.strerror or error}") from error
    heading = _object(first)
    if heading is None or heading.get("kind") != _KIND:
        raise SnapshotError(f"{path} is no snapshot of a sandbox")
    if heading.get("format") != FORMAT:
        made = f"by pltui {heading.get('pltui')}"
        raise SnapshotError(
            f"{path} has format {heading.get('format')} ({made}), and {FORMAT} is what can be read here"
        )
    if heading.get("moto") != _moto():
        raise SnapshotError(f"{path} was made with moto {heading.get('moto')}, and {_moto()} is what is here")
    body = body.removesuffix(b"\n")
    if hashlib.sha256(body).hexdigest() != heading.get("digest") or (content := _object(body)) is None:
        raise SnapshotError(f"{path} is damaged: its digest is another")
    return content


def parse(content: Mapping[str, Any]) -> Content:
    """Parse the content, except for the API's state.

    Raises:
        SnapshotError: If a part is missing, has the wrong type or an invalid value.
    """
    try:
        found = Content(
            float(content["clock"]),
            float(content["speed"]),
            [Fault(**each) for each in content["faults"]],
            [_health_row(*row) for row in content["health"]],
            [(account, region) for account, region in content["places"]],
        )
        _check(found)
    except Exception as error:  # a file by other people may be wrong in any way
        raise SnapshotError(f"it is damaged: {type(error).__name__} {str(error)[:200]}") from error
    return found


def _health_row(group: str, target: str, port: int, *row: str | None) -> tuple[tuple[str, str, int], TargetHealth]:
    if not all(isinstance(text, str) for text in (group, target, *(each for each in row if each is not None))):
        raise ValueError("a target's health is no text")
    return (group, target, int(port)), TargetHealth(*row)  # type: ignore[arg-type]


def _check(found: Content) -> None:
    """Raise ValueError for a value that no sandbox has."""
    if not (0 <= found.clock < math.inf and found.speed > 0):
        raise ValueError(f"a clock at {found.clock}, {found.speed} times as fast")
    if max(len(found.faults), len(found.places)) > MOST_ROWS:
        raise ValueError(f"more than {MOST_ROWS} faults or places")
    for each in found.faults:
        words = isinstance(each.subject, str) and isinstance(each.error, str) and _FAULT_ID.fullmatch(each.id)
        if not words or each.kind not in get_args(FaultKind) or not 0 <= float(each.amount) < math.inf:
            raise ValueError(f"{each.kind!r} is no fault")
    for account, region in found.places:
        if not (_ACCOUNT.fullmatch(account) and _REGION.fullmatch(region)):
            raise ValueError(f"{region!r} is no region")


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be loaded; return its new path.

    Raises:
        OSError: If it cannot be renamed.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return path.rename(path.with_name(f"{path.name}.damaged-{stamp}"))


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError, MemoryError):
        return None
    return value if isinstance(value, dict) else None


def _moto() -> str:
    from moto import __version__ as version

    return str(version)
