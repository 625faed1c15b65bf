"""Problems of the saved spec, with their lines, until the file is corrected."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from pltui.i18n import tr
from pltui.lab.spec_reload import Saved
from pltui.spec.problems import Problem
from pltui.text import clean, cut, width
from pltui.tui.theming import theme

MOST = 3  # problems shown with their lines (one on a short screen); the first mostly explains the others
GUTTER = 6  # cells before a source line


class SpecProblems(Static):
    """Takes no room while there are no problems."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id, markup=False)
        self._saved: Saved | None = None

    @property
    def has_problems(self) -> bool:
        """True if there are problems."""
        return self._saved is not None

    def show(self, saved: Saved) -> None:
        """Show the problems of the saved spec, or hide if it has none."""
        self._saved = saved if saved.problems else None
        self.display = self.has_problems
        self.refresh(layout=True)

    def on_mount(self) -> None:
        self.display = False

    def render(self) -> Text:
        saved = self._saved
        if saved is None:
            return Text()
        title = tr("The saved spec has errors; the lab keeps the previous one.")
        text = Text(title, theme.style(self.app, "error", bold=True))
        source = saved.text.splitlines()
        most = 1 if self.screen.has_class("-short") else MOST
        for problem in saved.problems[:most]:
            text.append(f"\n{problem}")
            if 0 < problem.line <= len(source):
                text.append_text(self._excerpt(problem, source[problem.line - 1]))
        if (more := len(saved.problems) - most) > 0:
            text.append("\n" + tr("and {count} more", count=more), theme.style(self.app, "faint"))
        return text

    def _excerpt(self, problem: Problem, line: str) -> Text:
        """The source line, as much of it as fits, with a caret below the column."""
        room = max(20, self.content_size.width - GUTTER)
        before = clean(line[: problem.column - 1])
        # A column far to the right is made visible, with some text before it.
        skipped = max(0, len(before) - room // 2) if width(before) > room - 2 else 0
        shown = cut(clean(line)[skipped:], room)
        faint = theme.style(self.app, "faint")
        text = Text(f"\n{problem.line:>{GUTTER - 2}} │", faint, no_wrap=True)
        text.append(shown, theme.style(self.app, "foreground"))
        text.append(f"\n{'':>{GUTTER - 2}} │", faint)
        return text.append(" " * width(before[skipped:]) + "^", theme.style(self.app, "error", bold=True))
