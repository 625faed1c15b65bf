"""A report's forms, by what the name of its file ends in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from pltui.errors import LabError
from pltui.i18n import Phrase
from pltui.report.html import html
from pltui.report.markdown import report_markdown
from pltui.report.model import Report
from pltui.report.svg import svg


def _json(report: Report) -> str:
    return json.dumps(report.document(), indent=2, ensure_ascii=True) + "\n"


FORMATS: dict[str, Callable[[Report], str]] = {".html": html, ".md": report_markdown, ".svg": svg, ".json": _json}


def writer(path: str) -> Callable[[Report], str]:
    """What writes the form that `path` asks for. Raises LabError (2) for a form there is none of."""
    suffix = Path(path).suffix.lower()
    if suffix in FORMATS:
        return FORMATS[suffix]
    what = (
        Phrase("there is no report in the form {suffix}", suffix=suffix)
        if suffix
        else Phrase("nothing says in which form")
    )
    *others, last = FORMATS
    raise LabError(
        Phrase("-o {path}: {what}", path=path, what=what),
        Phrase("end the name in {others} or {last}", others=", ".join(others), last=last),
        2,
    )
