"""What every screen has: its keys are called by their names in the language spoken, those that work everywhere work
over it, and it closes once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from textual.await_complete import AwaitComplete
from textual.binding import ActiveBinding, BindingsMap

from pltui.i18n import ENGLISH, current_language, tr

if TYPE_CHECKING:
    from textual.screen import Screen

    from pltui.tui.app import LabApp

# What Textual itself declares (textual/app.py).
TEXTUAL = ("palette", "Open the command palette", "Quit the app and return to the command prompt.")


class Speaking:
    """Beside a Screen: its bindings, and those of the widgets in it, are declared in English and shown translated.

    One place for all of them, as footers and tooltips take what they show from `active_bindings`. It is no Screen
    itself, for Textual takes default styles from the first base that is one.
    """

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        found: dict[str, ActiveBinding] = super().active_bindings  # type: ignore[misc]
        return found if current_language() == ENGLISH else {key: _said(active) for key, active in found.items()}

    def on_mount(self) -> None:
        """Have the keys that work everywhere, but for those that mean something else here."""
        screen = cast("Screen[Any]", self)
        if screen.is_modal:
            own = screen._bindings
            offered = cast("LabApp", screen.app).offered
            wanted = BindingsMap([each.binding(shown=False) for each in offered if each.everywhere])
            free = {key: found for key, found in wanted.key_to_bindings.items() if key not in own.key_to_bindings}
            screen._bindings = BindingsMap.merge([own, BindingsMap.from_keys(free)])

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """As a Screen's, but only the one on top: what is pressed twice may not close what is beneath as well."""
        if self.app.screen is not self:  # type: ignore[attr-defined]
            return AwaitComplete()
        closed: AwaitComplete = super().dismiss(result)  # type: ignore[misc]
        return closed

    def close(self) -> None:
        """Dismiss it without a result, at once or when nothing lies over it any more."""
        self._closes = True
        self.dismiss()

    def on_screen_resume(self) -> None:
        if getattr(self, "_closes", False):
            self.dismiss()


def _said(active: ActiveBinding) -> ActiveBinding:
    binding, tooltip = active.binding, tr(active.tooltip)
    return active._replace(
        binding=replace(binding, description=tr(binding.description), tooltip=tooltip), tooltip=tooltip
    )
