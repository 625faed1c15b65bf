"""The desired resources of a lab, in the zones that its region gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pltui import topology
from pltui.aws.user_errors import explained
from pltui.engine.model import Desired
from pltui.errors import LabError
from pltui.i18n import Phrase
from pltui.lab.runner import Running
from pltui.spec.model import Spec

if TYPE_CHECKING:
    from pltui.resources.survey import Survey


class Placed(Running):
    """A lab whose region may turn out not to hold what its spec says: what is there can be seen and removed even so."""

    region: str
    _survey: Survey | None = None  # once it is open
    _misplaced: LabError | None = None  # why `all_desired` serve as names only

    @property
    def zones(self) -> tuple[topology.Zone, ...]:
        """The region's, as the account names them; empty until it is open."""
        return self._survey.zones if self._survey else ()

    @property
    def misplaced(self) -> LabError | None:
        """The reason why nothing can be planned, where the region cannot hold the spec or its zones are unreadable."""
        return self._misplaced

    def desired(self, spec: Spec) -> tuple[Desired, ...]:
        """The desired resources of `spec` in the lab's region, which is known once the lab is open. Raises LabError."""
        assert self._survey is not None, "open() comes first"
        try:
            return topology.all_desired(spec, self._survey.region(self.observed))
        except topology.ZoneError as error:
            if self._survey.denied:  # there may be zones enough
                raise explained(self._survey.denied) from error
            raise LabError(str(error), Phrase("change the spec, or choose another region"), 2) from error

    def same_world(self, spec: Spec) -> bool:
        """True if it wants just what the lab's spec does, and differs in what is not AWS's. Raises LabError."""
        return self.desired(spec) == self.all_desired

    def take(self, spec: Spec) -> None:
        """Go by this spec from now on, which alone changes nothing. Raises LabError, and goes on by the old one."""
        self.all_desired, self._misplaced = self.desired(spec), None
        self.spec = spec

    def _place(self) -> None:
        """Work out what is wanted; where the region cannot hold it, by which names it would be there."""
        try:
            self.all_desired, self._misplaced = self.desired(self.spec), None
        except LabError as error:
            assert self._survey is not None, "open() comes first"
            self.all_desired, self._misplaced = topology.unplaced(self.spec, self._survey.region()), error

    def _check_placed(self) -> None:
        """Raises LabError where the region cannot hold what is wanted."""
        if self._misplaced is not None:
            raise self._misplaced

    async def _refresh(self) -> None:
        """Work out again what is wanted where the spec has changed to instance types of unknown offerings."""
        if self._survey is None:
            return
        news = await self.read(self._survey.read_offerings(self.spec, self.observed))
        if news:
            self._place()
