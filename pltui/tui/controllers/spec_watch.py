"""The spec's file while the app runs: a save is noticed, checked, and applied once somebody has seen what it means."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from pltui.lab.spec_reload import Saved
from pltui.spec.model import Spec

if TYPE_CHECKING:
    from pltui.tui.presenter import DialogPresenter

# Twice this passes from a save to its being read: a file is read once it has stood still for one look.
LOOK_SECONDS = 0.5

Signature = tuple[int, ...] | None  # None: there is no such file


def signature(path: str) -> Signature:
    """What differs after every way editors have of saving: another file in its place, or the same one written anew."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class SpecWatch:
    """`saved` is what the file said when it was last read. A spec that cannot be used leaves the old one in force."""

    def __init__(self, app: DialogPresenter, path: str) -> None:
        self._app, self._path = app, path
        self._before: Signature = ()  # no file's: what was read before the app began may be out of date already
        self._moving = False
        self._waiting: Spec | None = None  # differs from the lab's, and nobody was asked yet
        self.declined: Spec | None = None
        self.saved: Saved | None = None

    async def follow(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Notice that the file has changed; read it once it stands still; offer what it says once the app is free."""
        now = await asyncio.to_thread(signature, self._path)
        if now != self._before:
            self._before, self._moving = now, True
        elif self._moving:
            self._moving = False
            self._heard(await asyncio.to_thread(self._app.session.reread))
        if self._waiting and self._app.work.idle and len(self._app.screen_stack) == 1 and not self._app.typing:
            spec, self._waiting = self._waiting, None
            self._app.work.adopt(spec)

    def again(self) -> bool:
        """Ask anew about what was declined; False where nothing was."""
        spec, self.declined = self.declined, None
        if spec is not None:
            self._app.work.adopt(spec)
        return spec is not None

    def _heard(self, saved: Saved) -> None:
        self.saved = saved
        self._app.main.problems.show(saved)
        spec = saved.spec
        self._app.show_facts(saved_differs=spec is not None and spec != self._app.session.spec)
        if spec is None or spec == self._app.session.spec:
            self._waiting = self.declined = None
        elif spec != self.declined:
            self._waiting = spec
