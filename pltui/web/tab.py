"""The app of one browser tab: a process of its own, ended with the tab, whatever it is doing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import sys
from asyncio import StreamReader
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import Any

from textual_serve.app_service import AppService

from pltui.system.serve_environment import DRIVER, VARIABLE

# Seconds before an app is killed; normally it ends within two seconds by itself.
PATIENCE = 3.0

# First output of Textual's driver (textual/drivers/web_driver.py), and the header of each of its packets: kind and
# size.
READY = b"__GANGLION__\n"
HEAD = struct.Struct(">cI")

# Leaves the alternate screen and clears the terminal, which the app leaves to the page.
GIVEN_BACK = b"\x1b[?1049l\x1b[H\x1b[2J"


class Tab(AppService):  # type: ignore[misc]
    """Runs `command` without a shell. The keywords are AppService's: callbacks that carry bytes to the browser."""

    def __init__(self, command: Sequence[str], **browser: Any) -> None:
        super().__init__("", **browser)
        self._words = tuple(command)
        self._task: asyncio.Task[None] | None = None

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment: dict[str, str] = super()._build_environment(width=width, height=height)
        # The type of the page's terminal, whatever the server was started from.
        return {**environment, VARIABLE: DRIVER, "TERM": "xterm-256color"}

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        # A session of its own, so that Ctrl-C in the terminal reaches only the server, which then ends each app in
        # order.
        self._process = process = await asyncio.create_subprocess_exec(
            *self._words,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width=width, height=height),
            start_new_session=True,
        )
        self._stdin = process.stdin
        return process

    async def run(self) -> None:
        """Carry the app's output until it ends; then close the connection.

        Before that, the app's stderr is shown on the page and on this process's stderr.
        """
        process = self._process
        assert process
        assert process.stdout
        assert process.stderr
        said = asyncio.create_task(process.stderr.read())
        try:
            await self._carry_output(process.stdout)
            words = (await said).decode("utf-8", "replace")
            sys.stderr.write(words)
            with contextlib.suppress(ConnectionError):
                await self.on_data(GIVEN_BACK + words.replace("\n", "\r\n").encode())
        finally:
            said.cancel()
            await self.remote_close()

    async def _carry_output(self, drawn: StreamReader) -> None:
        """Carry output until its end.

        After the page has gone it is still read, because the app could not end otherwise.
        """
        while (line := await drawn.readline()) != READY:
            if not line:
                return
        carry = {b"D": self.on_data, b"M": self.on_meta, b"P": self.on_packed}
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                kind, size = HEAD.unpack(await drawn.readexactly(HEAD.size))
                payload = await drawn.readexactly(size)
                with contextlib.suppress(ConnectionError):
                    await carry[kind](payload)

    async def on_meta(self, data: bytes) -> None:
        """Handle the app's requests to the page.

        Its announced end does not close the connection: that would end it early.
        """
        if json.loads(data)["type"] != "exit":
            await super().on_meta(data)

    async def stop(self) -> None:
        """End the app as SIGTERM does in a terminal: in order, with its run stopped and its lease released."""
        process, task, self._task = self._process, self._task, None
        if process is None or task is None:
            return
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await asyncio.wait({task}, timeout=PATIENCE)
        task.cancel()
