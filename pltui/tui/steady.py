"""A Textual app that keys in a hurry do not end (as of Textual 8.2)."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping

from textual.actions import ActionParseResult
from textual.app import App, ScreenStackError
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.events import Event, InputEvent, MouseEvent

BUILT_SECONDS = 2.0  # in which a screen stands, or never will


class Steady(App[int]):
    async def on_event(self, event: Event) -> None:
        """As Textual does, but input that comes while a screen is being built waits until that is done.

        Textual would build on in a screen that was closed meanwhile, and end the app because nothing is found in it. It
        also takes the widget under the mouse for one that is still mounted (Textual 8.2, `Screen._forward_event`).
        """
        if isinstance(event, InputEvent) and not event.is_forwarded and self.screen_stack:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.screen._mounted_event.wait(), BUILT_SECONDS)
        try:
            await super().on_event(event)
        except AttributeError:
            if not isinstance(event, MouseEvent) or "PLTUI_DEBUG" in os.environ:
                raise

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """As Textual does, but a key pressed while a screen comes or goes finds nothing there, and does nothing."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except (NoMatches, ScreenStackError):
            if "PLTUI_DEBUG" in os.environ:
                raise
            return True
