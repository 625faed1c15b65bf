"""The desired resources of a lab, placed in the zones of its region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pltui import topology
from pltui.aws.user_errors import as_lab_error
from pltui.engine.model import Desired
from pltui.errors import LabError
from pltui.i18n import Phrase
from pltui.lab.runner import Running
from pltui.spec.model import Spec

if TYPE_CHECKING:
    from pltui.resources.survey import Survey


class Placed(Running):
    """A lab whose region may be unable to hold its spec; its resources can be observed and removed even so."""

    region: str
    _survey: Survey | None = None  # None until the lab is open
    _misplaced: LabError | None = None  # if set, `all_desired` gives names only

    @property
    def zones(self) -> tuple[topology.Zone, ...]:
        """The region's zones, with the account's names; empty until the lab is open."""
        return self._survey.zones if self._survey else ()

    @property
    def placement_error(self) -> LabError | None:
        """The reason why no plan is possible: the region cannot hold the spec, or its zones are unreadable."""
        return self._misplaced

    def desired_resources(self, spec: Spec) -> tuple[Desired, ...]:
        """Return the desired resources of `spec` in the lab's region. Requires an open lab.

        Raises:
            LabError: If the region cannot hold the spec (exit code 2), or its zones are unreadable.
        """
        assert self._survey is not None, "open() comes first"
        try:
            return topology.all_desired(spec, self._survey.region(self.observed))
        except topology.ZoneError as error:
            if self._survey.denied:  # the region may have enough zones
                raise as_lab_error(self._survey.denied) from error
            raise LabError(str(error), Phrase("change the spec, or choose another region"), 2) from error

    def same_world(self, spec: Spec) -> bool:
        """Return True if `spec` desires the same AWS resources as the lab's spec.

        Raises:
            LabError: See `desired_resources`.
        """
        return self.desired_resources(spec) == self.all_desired

    def take(self, spec: Spec) -> None:
        """Replace the lab's spec; this alone changes no resource. On an error the old spec is kept.

        Raises:
            LabError: See `desired_resources`.
        """
        self.all_desired, self._misplaced = self.desired_resources(spec), None
        self.spec = spec

    def _place_resources(self) -> None:
        """Compute the desired resources; if the region cannot hold them, only their names."""
        try:
            self.all_desired, self._misplaced = self.desired_resources(self.spec), None
        except LabError as error:
            assert self._survey is not None, "open() comes first"
            self.all_desired, self._misplaced = topology.placeholder_resources(self.spec, self._survey.region()), error

    def _check_placed(self) -> None:
        """Raise LabError if the region cannot hold the desired resources."""
        if self._misplaced is not None:
            raise self._misplaced

    async def _refresh_placement(self) -> None:
        """Recompute the desired resources if the spec now has instance types whose offerings are unknown."""
        if self._survey is None:
            return
        news = await self.read(self._survey.read_offerings(self.spec, self.observed))
        if news:
            self._place_resources()
