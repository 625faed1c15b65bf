"""What the app does when what it stands on is gone: a sandbox that has died, credentials that have expired."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pltui.errors import Expired, LabError, Unreached
from pltui.i18n import tr
from pltui.tui.screens.confirm import Confirm

if TYPE_CHECKING:
    from pltui.tui.app import LabApp

# How long renewed credentials may go unseen.
RETRY_SECONDS = 5.0
FREE_SECONDS = 0.1  # between two looks whether something is still being done


class Recovery:
    """`retry`: seconds between two tries with credentials that have expired."""

    def __init__(self, app: LabApp, retry: float = RETRY_SECONDS) -> None:
        self._app, self._retry = app, retry
        self._offering = self._waiting = False

    async def handles(self, error: LabError) -> bool:
        """Whether something is being done about it, and told of."""
        if isinstance(error, Expired):
            self._wait(error)
            return True
        return isinstance(error, Unreached) and await self.look()

    async def look(self) -> bool:
        """Whether the sandbox is there no more; the first to see it offers to start it again."""
        try:
            told = await self._app.session.sandbox_end_notice()
        except LabError as error:
            self._app.show_problem(error.message, error.hint)
            return False
        if told and not self._offering:
            self._offer(told)
        return bool(told)

    def _offer(self, told: str) -> None:
        self._offering = True
        self._app.work.lost()
        self._app.mark(tr("the sandbox has ended"))
        self._app.run_worker(self._ask(told), name="recovery", exit_on_error=False)

    async def _ask(self, told: str) -> None:
        """Once nobody types, and in place of whatever was asked about the lab that is gone."""
        from pltui.tui.screens.review import Review

        while self._app.typing:  # noqa: ASYNC110  # it ends in many ways
            await asyncio.sleep(FREE_SECONDS)
        for screen in self._app.screen_stack:
            if isinstance(screen, Review):
                screen.close()
        text = tr("{what}. What was said and seen so far stays here. Start it again, and make the lab anew?", what=told)
        self._app.push_screen(Confirm(tr("The sandbox has ended"), text), self._answered)

    def _answered(self, again: bool | None) -> None:
        self._offering = False
        if again:
            self._app.run_worker(self._start_again(), name="recovery", exit_on_error=False)
        else:
            self._app.show_problem(tr("The sandbox has ended"), tr("r starts it again"))

    def _wait(self, error: LabError) -> None:
        """Say how the credentials are renewed, and go on once they are."""
        self._app.show_problem(error.message, tr("{hint}; then it goes on by itself", hint=error.hint))
        if not self._waiting:
            self._waiting = True
            self._app.run_worker(self._renewed(self._app.probing.wanted), name="credentials", exit_on_error=False)

    async def _renewed(self, probing: bool) -> None:
        try:
            while True:
                await asyncio.sleep(self._retry)
                try:
                    await self._app.session.open()
                except Expired:
                    continue
                except LabError as error:
                    self._app.show_problem(error.message, error.hint)
                    return
                self._app.tell(tr("The credentials are renewed."))
                await self._free()
                self._app.work.start(probing=probing)
                return
        finally:
            self._waiting = False

    async def _start_again(self) -> None:
        await self._free()
        self._app.work.start()

    async def _free(self) -> None:
        """Until nothing else is being done: what stands on what is gone comes to its own end."""
        while self._app.work.busy:  # noqa: ASYNC110  # it ends in many ways
            await asyncio.sleep(FREE_SECONDS)
