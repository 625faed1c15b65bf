"""A fault of pltui's own: said plainly, with its place; the traceback goes to a file, never over the shell's prompt."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from rich.text import Text

from pltui.history import journal
from pltui.history.redaction import redact_text
from pltui.i18n import tr
from pltui.text import clean

FILE = "crash.log"


def place(error: BaseException) -> str:
    """`tree.py:123`: where it was raised."""
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    return f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "unknown"


def written(error: BaseException) -> str:
    """The path of the file that holds its traceback, without secrets; empty where none can be written."""
    try:
        path = journal.folder().parent / FILE
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = redact_text("".join(traceback.format_exception(error)))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return ""
    return str(path)


def farewell(error: BaseException) -> Text:
    """What stands on the terminal once the app has ended by it."""
    name = type(error).__name__
    lines = [
        tr("pltui ended by a fault of its own: {name} at {place}: {error}", name=name, place=place(error), error=error),
        tr("The lab is as it was left; open it again with the same command."),
    ]
    if path := written(error):
        lines.append(tr("Please report it with {path}", path=path))
    return Text("\n".join(clean(line) for line in lines))
