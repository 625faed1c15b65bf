"""Watch over the spec's file: a saved change is read, checked, and applied after the user has seen its plan."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from pltui.lab.spec_reload import Saved
from pltui.spec.model import Spec

if TYPE_CHECKING:
    from pltui.tui.presenter import DialogPresenter

# A saved file is read after up to twice this time: once it has been unchanged for one poll.
LOOK_SECONDS = 0.5

Signature = tuple[int, ...] | None  # None if the file is missing


def signature(path: str) -> Signature:
    """Values that differ after any kind of save: another file in its place, or the same file rewritten."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class SpecWatch:
    """Polls the spec's file; `saved` is the result of the last read.

    An invalid spec leaves the old one in force.
    """

    def __init__(self, app: DialogPresenter, path: str) -> None:
        self._app, self._path = app, path
        self._before: Signature = ()  # differs from every file's, so that the first poll reads it
        self._moving = False
        self._waiting: Spec | None = None  # differs from the lab's spec and has not been offered yet
        self.declined: Spec | None = None
        self.saved: Saved | None = None

    async def follow(self) -> None:
        """Poll without end, every LOOK_SECONDS."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Read a changed file once it stays unchanged for one poll, and offer its spec once the app is idle."""
        now = await asyncio.to_thread(signature, self._path)
        if now != self._before:
            self._before, self._moving = now, True
        elif self._moving:
            self._moving = False
            self._take_saved(await asyncio.to_thread(self._app.session.reread))
        if self._waiting and self._app.work.idle and len(self._app.screen_stack) == 1 and not self._app.typing:
            spec, self._waiting = self._waiting, None
            self._app.work.adopt(spec)

    def again(self) -> bool:
        """Offer a declined spec again; False if there is none."""
        spec, self.declined = self.declined, None
        if spec is not None:
            self._app.work.adopt(spec)
        return spec is not None

    def _take_saved(self, saved: Saved) -> None:
        self.saved = saved
        self._app.main.problems.show(saved)
        spec = saved.spec
        self._app.show_facts(saved_differs=spec is not None and spec != self._app.session.spec)
        if spec is None or spec == self._app.session.spec:
            self._waiting = self.declined = None
        elif spec != self.declined:
            self._waiting = spec
