"""Recovery from a sandbox that has ended and from expired credentials."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from pltui.errors import Expired, LabError, Unreached
from pltui.i18n import tr
from pltui.tui.presenter import DialogPresenter
from pltui.tui.screens.confirm import Confirm

if TYPE_CHECKING:
    from pltui.tui.controllers.probe import ProbeController

# Seconds between two attempts with expired credentials.
RETRY_SECONDS = 5.0
FREE_SECONDS = 0.1  # between two checks for work in progress


class RecoveryPresenter(DialogPresenter, Protocol):
    """Presenter that also has the probe, which goes on after a recovery if it was running."""

    @property
    def probe(self) -> ProbeController:
        """Controller of the probe."""


class Recovery:
    """Offers to start a sandbox again, and waits for renewed credentials.

    `retry` is the number of seconds between two attempts.
    """

    def __init__(self, app: RecoveryPresenter, retry: float = RETRY_SECONDS) -> None:
        self._app, self._retry = app, retry
        self._offering = self._waiting = False

    async def handles(self, error: LabError) -> bool:
        """Return True if this error is being recovered from, and the user informed."""
        if isinstance(error, Expired):
            self._wait(error)
            return True
        return isinstance(error, Unreached) and await self.look()

    async def look(self) -> bool:
        """Return True if the sandbox has ended; the first call that notices offers to start it again."""
        try:
            notice = await self._app.session.sandbox_end_notice()
        except LabError as error:
            self._app.show_problem(error.message, error.hint)
            return False
        if notice and not self._offering:
            self._offer(notice)
        return bool(notice)

    def _offer(self, notice: str) -> None:
        self._offering = True
        self._app.work.note_lost_sandbox()
        self._app.mark(tr("the sandbox stopped"))
        self._app.run_worker(self._ask(notice), name="recovery", exit_on_error=False)

    async def _ask(self, notice: str) -> None:
        """Ask once no text field has the focus; open plan reviews are closed, as they refer to the lost lab."""
        from pltui.tui.screens.review import Review

        while self._app.typing:  # noqa: ASYNC110  # typing has no single event that ends it
            await asyncio.sleep(FREE_SECONDS)
        for screen in self._app.screen_stack:
            if isinstance(screen, Review):
                screen.close()
        text = tr("{what}. This history is kept. Start the sandbox again and recreate the lab?", what=notice)
        self._app.push_screen(Confirm(tr("The sandbox stopped"), text), self._handle_reply)

    def _handle_reply(self, again: bool | None) -> None:
        self._offering = False
        if again:
            self._app.run_worker(self._start_again(), name="recovery", exit_on_error=False)
        else:
            self._app.show_problem(tr("The sandbox stopped"), tr("r to restart"))

    def _wait(self, error: LabError) -> None:
        """Show how to renew the credentials, and go on once they work."""
        self._app.show_problem(error.message, tr("{hint}; then pltui continues", hint=error.hint))
        if not self._waiting:
            self._waiting = True
            self._app.run_worker(self._await_renewal(self._app.probe.wanted), name="credentials", exit_on_error=False)

    async def _await_renewal(self, probing: bool) -> None:
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
        """Wait until no work is in progress: work on the lost lab ends by itself."""
        while self._app.work.busy:  # noqa: ASYNC110  # work has no single event that ends it
            await asyncio.sleep(FREE_SECONDS)
