"""A report as one HTML file, from the template beside this module.

The template escapes every value, after control characters are removed from it.
"""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from pltui.i18n import current_language, tr
from pltui.report import sentences
from pltui.report.markup import escape_lines, plain_text
from pltui.report.model import Report

LANES = 6  # colours for subnets, which repeat beyond
MOST_TIMED = 12


def html(report: Report) -> str:
    """Return the report as an HTML document."""
    picture = re.sub(r"^\s*<\?xml[^>]*\?>\s*", "", report.picture)
    return _template().render(
        report=report,
        picture=Markup(picture),  # noqa: S704 # drawn by this program
        language=current_language(),
        lanes=LANES,
        most_timed=MOST_TIMED,
        classes={True: "pass", False: "fail", None: "idle"},
    )  # fmt: skip


@cache
def _template() -> Template:
    found = Environment(
        loader=PackageLoader("pltui.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        finalize=lambda value: value if isinstance(value, Markup) else plain_text(value),
    )
    found.globals.update(tr=tr, sentences=sentences)
    found.filters.update(
        lines=lambda text: Markup(escape_lines(text)),  # noqa: S704 # escaped
        percent=lambda part: f"{part:.0%}",
    )
    return found.get_template("report.html.j2")
