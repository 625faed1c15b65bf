"""What the header says beside the switch, kept up to date: account, who is changing the lab, its cost, its faults."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pltui.errors import LabError

if TYPE_CHECKING:
    from pltui.tui.app import LabApp


class Headlines:
    """Each look is cheap, and goes on beside whatever is done to the lab."""

    def __init__(self, app: LabApp) -> None:
        self._app, self._session = app, app.session
        self._looking = False

    def watch(self) -> None:
        """Look, unless a look is on its way."""
        if self._app.work.opened and not self._looking:
            self._looking = True
            self._app.run_worker(self._look(), name="headlines", exit_on_error=False)

    async def opened(self) -> None:
        """What does not change as long as the app runs. Raises LabError."""
        self._app.show_facts(account=await self._session.account() or "")
        self.watch()

    async def _look(self) -> None:
        app, session = self._app, self._session
        try:
            bill, breakages = await asyncio.gather(session.bill(), session.breakages())
            app.show_facts(bill=bill)
            app.show_breakages(breakages)
            app.show_facts(holder=await session.holder(), lock_unknown="", looked=True)
        except LabError as error:  # whatever else fails by the same cause says what to do about it
            app.show_facts(holder=None, lock_unknown=error.message, looked=True)
        finally:
            self._looking = False
