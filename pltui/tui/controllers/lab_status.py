"""What the header says beside the switch, kept up to date: account, who is changing the lab, its cost, its faults."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Protocol

from pltui.errors import LabError
from pltui.tui.presenter import Presenter

if TYPE_CHECKING:
    from pltui.lab.faults import LabFault


class HeadlinesPresenter(Presenter, Protocol):
    """Also shows the faults."""

    def show_breakages(self, breakages: tuple[LabFault, ...]) -> None: ...


class Headlines:
    """Each look is cheap, and goes on beside whatever is done to the lab."""

    def __init__(self, app: HeadlinesPresenter) -> None:
        self._app, self._session = app, app.session
        self._looking = False
        self._asked = self._told = 0  # looks at what is broken: how many were begun, and the last one shown

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
        """Each asks on its own: what one may not see, or is too slow, hides nothing of the others."""
        try:
            await asyncio.gather(self._look_at_bill(), self.look_at_breakages(), self._look_at_lock())
        finally:
            self._looking = False

    # Whatever else fails by the same cause as these two says what to do about it; what was known stands.

    async def _look_at_bill(self) -> None:
        with contextlib.suppress(LabError):
            self._app.show_facts(bill=await self._session.bill())

    async def look_at_breakages(self) -> None:
        """Of two looks at a time the one begun last holds, whichever ends first."""
        self._asked += 1
        number = self._asked
        with contextlib.suppress(LabError):
            found = await self._session.breakages()
            if number > self._told:
                self._told = number
                self._app.show_breakages(found)

    async def _look_at_lock(self) -> None:
        try:
            holder, unknown = await self._session.holder(), ""
        except LabError as error:
            holder, unknown = None, error.message
        self._app.show_facts(holder=holder, lock_unknown=unknown, looked=True)
