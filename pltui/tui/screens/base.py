"""Base of all screens: translated bindings, keys that work everywhere, and a close that happens once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from textual.await_complete import AwaitComplete
from textual.binding import ActiveBinding, BindingsMap

from pltui.i18n import ENGLISH, current_language, tr

if TYPE_CHECKING:
    from datetime import datetime

    from textual.screen import Screen

    from pltui.view.lab_snapshot import LabSnapshot

# Texts that Textual itself declares (textual/app.py), listed for translation.
TEXTUAL = ("palette", "Open the command palette", "Quit the app and return to the command prompt.")


@runtime_checkable
class Follower(Protocol):
    """Screen that is updated while it is open."""

    def keep_up(self, world: LabSnapshot, now: datetime) -> None:
        """Draw changes; called many times per second."""


class KeyedApp(Protocol):
    """App with keys that also work over modal screens."""

    def keys_everywhere(self) -> BindingsMap:
        """Bindings of these keys."""


class TranslatedScreen:
    """Mixin for a Screen: bindings of it and of its widgets are declared in English and shown translated.

    It acts on `active_bindings`, from which footers and tooltips take their texts. It is not a Screen itself, because
    Textual takes default styles from the first base that is one.
    """

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Key -> active binding, with its description in the language in use."""
        found: dict[str, ActiveBinding] = super().active_bindings  # type: ignore[misc]
        return (
            found
            if current_language() == ENGLISH
            else {key: _translate_binding(active) for key, active in found.items()}
        )

    def on_mount(self) -> None:
        """Add the keys that work everywhere, except those the screen uses itself."""
        screen = cast("Screen[Any]", self)
        if screen.is_modal:
            own = screen._bindings
            wanted = cast("KeyedApp", screen.app).keys_everywhere()
            free = {key: found for key, found in wanted.key_to_bindings.items() if key not in own.key_to_bindings}
            screen._bindings = BindingsMap.merge([own, BindingsMap.from_keys(free)])

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Dismiss as a Screen does, but only if on top: a key pressed twice must not close the screen below as well."""
        if self.app.screen is not self:  # type: ignore[attr-defined]
            return AwaitComplete()
        closed: AwaitComplete = super().dismiss(result)  # type: ignore[misc]
        return closed

    def close(self) -> None:
        """Dismiss without a result, now or once no other screen covers it."""
        self._closes = True
        self.dismiss()

    def on_screen_resume(self) -> None:
        """Finish a delayed close."""
        if getattr(self, "_closes", False):
            self.dismiss()


def _translate_binding(active: ActiveBinding) -> ActiveBinding:
    binding, tooltip = active.binding, tr(active.tooltip)
    return active._replace(
        binding=replace(binding, description=tr(binding.description), tooltip=tooltip), tooltip=tooltip
    )
