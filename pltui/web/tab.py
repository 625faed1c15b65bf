"""The app of one browser tab: a process of its own, ended with the tab, whatever it is doing."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import Any

from textual_serve.app_service import AppService

# The app leaves within two seconds by itself; this is for one that cannot.
PATIENCE = 3.0


class Tab(AppService):  # type: ignore[misc]
    """`command` is run without a shell. The keywords are AppService's: how bytes reach the browser."""

    def __init__(self, command: Sequence[str], **browser: Any) -> None:
        super().__init__("", **browser)
        self._words = tuple(command)
        self._task: asyncio.Task[None] | None = None

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        # A session of its own: Ctrl-C in the terminal is for the server, which then ends each app in order.
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
        """Carry bytes until the app has ended, and then end the page's connection."""
        await super().run()
        await self.remote_close()

    async def stop(self) -> None:
        """End the app as SIGTERM does in a terminal: in order, with its run let go and its lease returned."""
        process, task, self._task = self._process, self._task, None
        if process is None or task is None:
            return
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()
        await asyncio.wait({task}, timeout=PATIENCE)
        task.cancel()
