"""The table of errors in CONTRIBUTING.md, from the catalogue and from how a lab's run ends that meets each.

python -m tests.error_table        # write the table
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from pltui import aws_errors
from pltui.aws_errors import ANY, CatalogueEntry

CONTRIBUTING = Path(__file__).parents[1] / "CONTRIBUTING.md"
OUTCOMES = Path(__file__).parent / "aws_errors" / "outcomes.toml"
BEGIN, END = "<!-- errors: python -m tests.error_table -->", "<!-- end of errors -->"
HEADING = ("Error", "Of", "HTTP", "Outcome", "Met at", "Exit", "Remains", "USD/h", "Advice")


def table() -> str:
    """The Markdown table, an entry a line."""
    rows = [HEADING, *(("---",) * len(HEADING),), *_rows()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _rows() -> Iterator[tuple[str, ...]]:
    outcomes = tomllib.loads(OUTCOMES.read_text(encoding="utf-8"))
    for entry in aws_errors.entries():
        met = outcomes.get(entry.name, {}) if not entry.state else {}
        services = "all" if ANY in entry.services else ", ".join(entry.services)
        status = "state" if entry.state else "–" if entry.is_family else str(entry.status)
        ending = [str(met.get(key, "–")) for key in ("call", "exit", "remains", "usd_per_hour")]
        yield f"`{entry.name}`", services, status, _outcome(entry), *ending, entry.advice.replace("|", "\\|") or "–"


def _outcome(entry: CatalogueEntry) -> str:
    lasts = f", {entry.lasts_s:g} s" if entry.lasts_s else ""
    account = ", whole account" if entry.account_wide else ""
    return f"{entry.outcome.replace('_', ' ')}{lasts}{account}"


def inserted(text: str) -> str:
    """A text with the table between its marks."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def write() -> None:
    CONTRIBUTING.write_text(inserted(CONTRIBUTING.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
