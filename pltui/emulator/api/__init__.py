"""The emulated AWS API: moto, with a module of corrections for each area."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pltui.emulator.api.app import make_app as make_app
    from pltui.emulator.api.server import serve as serve

__all__ = ["make_app", "serve"]


def __getattr__(name: str) -> object:
    """Import on first access: moto reads its settings at import, and takes a second."""
    if name == "make_app":
        from pltui.emulator.api.app import make_app

        return make_app
    if name == "serve":
        from pltui.emulator.api.server import serve

        return serve
    raise AttributeError(name)
