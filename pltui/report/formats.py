"""Forms of a report, by the suffix of its file."""

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
    """Return the function that writes the form of `path`.

    Raises:
        LabError: If there is no such form (exit code 2).
    """
    suffix = Path(path).suffix.lower()
    if suffix in FORMATS:
        return FORMATS[suffix]
    what = (
        Phrase("there is no report in the format {suffix}", suffix=suffix)
        if suffix
        else Phrase("the format is unknown")
    )
    *others, last = FORMATS
    raise LabError(
        Phrase("-o {path}: {what}", path=path, what=what),
        Phrase("use a name that ends in {others} or {last}", others=", ".join(others), last=last),
        2,
    )
