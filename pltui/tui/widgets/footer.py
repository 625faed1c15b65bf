"""Footer with the keys: as many as fit completely."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from pltui.text import width

PALETTE = "-command-palette"  # Textual's class of the key on the right


class KeyFooter(Footer):
    """Textual's footer, which would otherwise cut the last key (as of Textual 8.2)."""

    def compose(self) -> ComposeResult:
        found = list(super().compose())
        palette = [each for each in found if each.has_class(PALETTE)]
        room = self.app.size.width - sum(_cells(each) + 1 for each in palette)  # including its separator
        for each in found:
            if each in palette:
                continue
            room -= _cells(each)
            if room < 0:
                break
            yield each
            room -= 1
        yield from palette

    def on_resize(self, event: Resize) -> None:
        if self._bindings_ready:
            self.call_after_refresh(self.recompose)


def _cells(each: Widget) -> int:
    return width(f"{each.key_display} {each.description}") if isinstance(each, FooterKey) else 0
