"""Reads a spec file's text safely, whatever kind of file the path is."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from pltui.i18n import Phrase
from pltui.spec.problems import Problem, SpecError, did_you_mean
from pltui.system import files

MAX_BYTES = 2 * 1024 * 1024  # twice the size of 1,000 complete consumers with comments
BOM = "\ufeff"


def read(path: str | Path) -> str:
    """Return the text of the file at `path`, without a byte order mark.

    Raises:
        SpecError: If the file is no readable text.
    """
    return read_exact(path).removeprefix(BOM)


def read_exact(path: str | Path) -> str:
    """Return the text with its byte order mark, if any, so that it encodes to the file's exact bytes.

    Raises:
        SpecError: If the file is no readable text.
    """
    try:
        data = files.read(path, MAX_BYTES)
    except FileNotFoundError:
        raise file_error(path, Phrase("no such file{similar}", similar=_suggest_similar(Path(path)))) from None
    except IsADirectoryError:
        raise file_error(path, Phrase("a directory; {example}", example=_suggest_example(Path(path)))) from None
    except files.NotRegularError:
        raise file_error(path, Phrase("not a regular file; name a YAML file")) from None
    except files.TooLongError as error:
        what = Phrase("{size:,} bytes long; a spec may have {most:,}", size=error.size, most=MAX_BYTES)
        raise file_error(path, what) from None
    except (OSError, ValueError) as error:
        raise file_error(path, Phrase("cannot be read: {reason}", reason=os_reason(error))) from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
        what = Phrase(
            "not UTF-8 text: byte {position} is 0x{byte:02x}; {remedy}",
            position=error.start,
            byte=data[error.start],
            remedy=_encoding_remedy(data),
        )
        raise file_error(path, what, before.count(b"\n") + 1, column) from None


def file_error(path: str | Path, message: str, line: int = 1, column: int = 1) -> SpecError:
    """Return the error for a file as a whole; it is placed at the start, so that every problem has one form."""
    return SpecError([Problem(str(path), line, column, message)])


def os_reason(error: OSError | ValueError) -> str:
    """Return the operating system's words for `error`: "permission denied"."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return words[:1].lower() + words[1:]


def _encoding_remedy(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Phrase("it looks like UTF-16, save it as UTF-8")
    return (
        Phrase("it looks like a binary file, name a YAML file") if b"\0" in data else Phrase("save the file as UTF-8")
    )


def _suggest_similar(path: Path) -> str:
    names = _file_names(path.parent)
    if names is None:
        return Phrase("; the folder '{parent}' does not exist", parent=path.parent)
    matches = did_you_mean(path.name, names)
    close = matches or did_you_mean(path.stem, [Path(name).stem for name in names if name.endswith((".yaml", ".yml"))])
    return close or Phrase("; name a YAML file that exists")


def _suggest_example(folder: Path) -> str:
    specs = sorted(name for name in _file_names(folder) or [] if name.endswith((".yaml", ".yml")))
    return (
        Phrase("name a YAML file in it, for example {folder}", folder=folder / specs[0])
        if specs
        else Phrase("name a YAML file")
    )


def _file_names(folder: Path) -> list[str] | None:
    try:
        with os.scandir(folder) as entries:
            # Enough for a suggestion, and bounded in a folder with a million files.
            return [entry.name for entry in islice(entries, 2000) if entry.is_file()]
    except FileNotFoundError:
        return None
    except OSError:
        return []
