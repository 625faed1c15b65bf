"""GuardDuty's objects in the lab's VPCs are removed only after a question of their own."""

import pytest

from pltui.engine.model import Observed, Op, Step
from pltui.topology import naming
from pltui.tui.screens.confirm import Confirm
from pltui.tui.screens.review import Review
from tests.builders.fake_lab import FakeLab, standing_lab
from tests.tui.conftest import Driver, showing

ENDPOINT = naming.guardduty("consumer/vpc", "guardduty-endpoint")


def watched() -> FakeLab:
    """A lab with an endpoint of GuardDuty's in a VPC."""
    observed = Observed(ENDPOINT, "endpoint", "vpce-0123", {})
    return standing_lab(guardduty=(Step(Op.DELETE, ENDPOINT, "endpoint", "no longer needed", observed=observed),))


async def ask_to_destroy(lab: Driver) -> None:
    await lab.converge()
    lab.lab.calls.clear()
    await lab.press("D")
    assert isinstance(lab.app.screen, Confirm)
    assert "vpce-0123" in lab.text()


@pytest.mark.slow
async def test_yes_includes_guarddutys_objects_in_the_reviewed_plan() -> None:
    async with showing(watched()) as lab:
        await ask_to_destroy(lab)
        await lab.press("y")
        assert isinstance(lab.app.screen, Review)
        assert "63 to delete" in lab.text()
        await lab.press(*"privatelink", "enter")
        await lab.step()
        assert "destroy with guardduty" in lab.lab.calls


@pytest.mark.slow
async def test_no_leaves_them_out_and_still_reviews_the_rest() -> None:
    async with showing(watched()) as lab:
        await ask_to_destroy(lab)
        await lab.press("n")
        assert isinstance(lab.app.screen, Review)
        assert "62 to delete" in lab.text()
        await lab.press(*"privatelink", "enter")
        await lab.step()
        assert "destroy" in lab.lab.calls
