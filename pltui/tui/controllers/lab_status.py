"""Controller of the header: keeps account, lease, cost and faults up to date."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Protocol

from pltui.errors import LabError
from pltui.tui.presenter import Presenter
from pltui.tui.widgets.header import HeaderFacts

if TYPE_CHECKING:
    from pltui.lab.faults import LabFault
    from pltui.tui.session import LabSession


def initial_facts(session: LabSession) -> HeaderFacts:
    """Return what the header shows before the lab is open."""
    balancer = session.spec.provider.load_balancer
    return HeaderFacts(
        lab=session.spec.name,
        target=session.target,
        region=session.region,
        endpoint=session.endpoint or "",
        load_balancer=balancer.name,
        wanted=balancer.cross_zone,
        read_only=session.read_only,
    )


class LabStatusPresenter(Presenter, Protocol):
    """Presenter that also shows faults."""

    def show_faults(self, faults: tuple[LabFault, ...]) -> None:
        """Show the possible and the active faults."""


class LabStatus:
    """Polls beside any other work; each poll is cheap."""

    def __init__(self, app: LabStatusPresenter) -> None:
        self._app, self._session = app, app.session
        self._looking = False
        self._started = self._shown = 0  # number of reads of the faults started, and of the last one shown

    def watch(self) -> None:
        """Poll, unless a poll is in progress."""
        if self._app.work.is_open and not self._looking:
            self._looking = True
            self._app.run_worker(self._look(), name="lab_status", exit_on_error=False)

    async def begin_polling(self) -> None:
        """Read the account, which does not change while the app runs, and poll the rest.

        Raises:
            LabError: If the account cannot be read.
        """
        self._app.show_facts(account=await self._session.account() or "")
        self.watch()

    async def _look(self) -> None:
        """Read cost, faults and lease independently: a refused or slow call hides nothing of the others."""
        try:
            await asyncio.gather(self._poll_bill(), self.poll_faults(), self._poll_lease())
        finally:
            self._looking = False

    # Errors of these two are suppressed: other calls fail for the same reason and report it. The last values remain.

    async def _poll_bill(self) -> None:
        with contextlib.suppress(LabError):
            self._app.show_facts(bill=await self._session.bill())

    async def poll_faults(self) -> None:
        """Read the faults; of two overlapping reads the one started last is shown, whichever ends first."""
        self._started += 1
        number = self._started
        with contextlib.suppress(LabError):
            found = await self._session.possible_faults()
            if number > self._shown:
                self._shown = number
                self._app.show_faults(found)

    async def _poll_lease(self) -> None:
        try:
            holder, unknown = await self._session.holder(), ""
        except LabError as error:
            holder, unknown = None, error.message
        self._app.show_facts(holder=holder, lock_unknown=unknown, looked=True)
