"""Textual's driver for browsers, with atomic packets, and an end when its server ends."""

from __future__ import annotations

import contextlib
import os
import signal
from functools import partial
from threading import Lock
from typing import Any

from textual import events
from textual.app import App
from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """Driver that writes packets to standard output and reads them from standard input.

    `pltui.web.tab` is at the other end of both.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._turn = Lock()
        self._focused = False
        self._write = partial(self._write_whole, self.fileno)

    def _write_whole(self, fileno: int, data: bytes) -> int:
        # The input thread sends files while the event loop draws. Without a lock a packet larger than the pipe's
        # buffer could be split by the other's.
        rest = memoryview(data)
        with self._turn, contextlib.suppress(BrokenPipeError):  # the app ends at the end of its input
            while rest:
                rest = rest[os.write(fileno, rest) :]
        return len(data)

    def start_application_mode(self) -> None:
        super().start_application_mode()
        # Textual reports a loss of focus here, although the page may have reported the focus already.
        self._app.call_later(self._look_again)

    def _look_again(self) -> None:
        if self._focused:
            self._app.post_message(events.AppFocus())

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        if packet_type in ("focus", "blur"):
            self._focused = packet_type == "focus"
        super().on_meta(packet_type, payload)

    def run_input_thread(self) -> None:
        """Read input as Textual does; if the server ends without a message, leave as on the hangup of a terminal."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            os.kill(os.getpid(), signal.SIGHUP)
