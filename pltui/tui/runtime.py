"""Workarounds for Textual, bounded shutdown, garbage collection, and reports of crashes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import threading
import traceback
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from rich.text import Text
from textual.actions import ActionParseResult
from textual.app import App, ScreenStackError
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.events import Event, InputEvent, MouseEvent

from pltui.history import journal
from pltui.history.redaction import redact_text
from pltui.i18n import tr
from pltui.sandbox.private_folder import open_state_folder
from pltui.system import files
from pltui.text import clean

# -- key presses during screen changes ----------------------------------------------------------------------------

BUILT_SECONDS = 2.0  # longest wait for a screen to be mounted


class ResilientApp(App[int]):
    """Textual app that survives key presses during screen changes (works around Textual 8.2)."""

    async def on_event(self, event: Event) -> None:
        """Handle the event as Textual does, but delay input while a screen is being built.

        Textual would continue to build a screen that was closed meanwhile, and end the app because it finds no widgets
        in it. It also mistakes the widget under the mouse for a mounted one (Textual 8.2, `Screen._forward_event`).
        """
        if isinstance(event, InputEvent) and not event.is_forwarded and self.screen_stack:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BUILT_SECONDS):
                    await self.screen._mounted_event.wait()
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
        """Run the action as Textual does, but ignore keys for widgets or screens that have just disappeared."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except (NoMatches, ScreenStackError):
            if "PLTUI_DEBUG" in os.environ:
                raise
            return True


# -- shutdown -----------------------------------------------------------------------------------------------------

# Together below the promised two seconds.
CLOSE_SECONDS = 1.0
LAST_RESORT_SECONDS = 1.6
RESTORE_SECONDS = 0.2


async def close_within(closing: Awaitable[None], seconds: float = CLOSE_SECONDS) -> None:
    """Wait for `closing` for at most `seconds`; a task that ignores its cancellation is abandoned."""
    task = asyncio.ensure_future(closing)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.cancel()
    elif not task.cancelled():
        task.exception()  # retrieved, so that asyncio does not print it over the shell's prompt


def last_resort(restore: Callable[[], None], code: int, seconds: float = LAST_RESORT_SECONDS) -> None:
    """End the process with `code` after `seconds`, with the terminal restored.

    Otherwise a hanging thread would keep the interpreter alive.
    """

    def end() -> None:
        # Writing to a terminal that has disappeared may block without end.
        restoring = threading.Thread(target=restore, daemon=True)
        restoring.start()
        restoring.join(RESTORE_SECONDS)
        os._exit(code)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def on_signals(leave: Callable[[], None]) -> None:
    """Call `leave` on SIGTERM and SIGHUP, so that the terminal is restored. Call inside the event loop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leave)


# -- garbage collection -------------------------------------------------------------------------------------------


def freeze_objects() -> None:
    """Freeze long-lived objects so that the garbage collector skips them: a full pass takes 0.1 s for a large lab.

    Only young garbage is collected before; a full collection would be such a pause itself.
    """
    gc.collect(1)
    gc.freeze()


# -- crashes ------------------------------------------------------------------------------------------------------

CRASH_FILE = "crash.log"


def error_place(error: BaseException) -> str:
    """File and line where the error was raised: `tree.py:123`."""
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    return f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "unknown"


def write_crash_file(error: BaseException) -> str:
    """Write the traceback, without secrets, to a file; return its path, or "" if it cannot be written."""
    try:
        path = journal.folder().parent / CRASH_FILE
        open_state_folder(path.parent).close()
        files.replace(path, files.encode_text(redact_text("".join(traceback.format_exception(error)))))
    except OSError:
        return ""
    return str(path)


def crash_message(error: BaseException) -> Text:
    """Message for the terminal after the app has ended by this error."""
    name = type(error).__name__
    lines = [
        tr(
            "pltui crashed: {name} at {place}: {error}",
            name=name,
            place=error_place(error),
            error=error,
        ),
        tr("The lab keeps its current state; open it again with the same command."),
    ]
    if path := write_crash_file(error):
        lines.append(tr("Please report this and attach {path}", path=path))
    return Text("\n".join(clean(line) for line in lines))
