"""A permission that is missing for one read, as the commands show it."""

from collections.abc import Callable, Iterator

import pytest

from pltui.sandbox import launcher
from tests.e2e.conftest import Lab, run

UNREADABLE = [{"type": "instance_profile", "action": "iam:ListInstanceProfiles"}]
SENTENCE = "iam:ListInstanceProfiles is denied, so these types are unknown: instance profile"


@pytest.fixture
def denied(sandbox: launcher.Sandbox) -> Iterator[Callable[[], None]]:
    def deny() -> None:
        assert run("sandbox", "fault", "error", "iam:ListInstanceProfiles", "AccessDenied").code == 0

    yield deny
    run("sandbox", "fault", "--clear")


@pytest.mark.slow  # tests/fakeaws/test_denied_reads.py has each read
def test_the_rest_is_shown_and_done_and_each_command_ends_with_4_or_1(
    make_lab: Callable[[str], Lab], denied: Callable[[], None]
) -> None:
    lab = make_lab("single-subnet")
    lab.must("reconcile", "-q")
    denied()

    planned = lab.pltui("plan", "--json")
    assert planned.code == 4
    assert planned.document()["unreadable"] == UNREADABLE
    assert planned.document()["changes"] == []
    assert SENTENCE in lab.pltui("plan").err

    observed = lab.pltui("status", "--json")
    assert observed.code == 4
    assert observed.document()["unreadable"] == UNREADABLE
    assert observed.document()["converged"] is False
    states = {one["kind"]: one["state"] for one in observed.document()["resources"]}
    assert (states["instance_profile"], states["vpc"]) == ("unknown", "ready")
    table = lab.pltui("status")
    assert table.code == 4
    assert ["instance-profile", "unknown"] in [line.split() for line in table.out.splitlines()]

    again = lab.pltui("reconcile", "--json")
    assert again.code == 4
    assert (again.lines()[-1]["unreadable"], again.lines()[-1]["problems"]) == (UNREADABLE, [SENTENCE])

    gone = lab.pltui("destroy", "--yes", "--json")
    assert gone.code == 1
    assert gone.lines()[-1]["left"] == ["consumer/role"]
    assert "iam:ListInstanceProfiles" in gone.lines()[-1]["problems"][0]
