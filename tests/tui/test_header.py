"""What is always on screen: place, switch, who is changing the lab, what it costs, what is broken."""

import pytest
from syrupy.assertion import SnapshotAssertion

from pltui.errors import Refused
from pltui.lab.process_identity import LeaseOwner
from pltui.tui.theming.theme import DARK
from pltui.tui.widgets.header import Header
from tests.builders.fake_lab import FakeLab, spec, standing_lab
from tests.tui.conftest import Driver, showing

ALICE = LeaseOwner("alice@build-7", "reconcile", "2026-01-01T09:00:30.000+00:00")


async def look(lab: Driver) -> None:
    lab.app.lab_status.watch()
    await lab.settle()


def header(lab: Driver) -> str:
    return lab.app.main.header.render().plain


# -- nothing is missing -----------------------------------------------------------------------------------------------


async def test_at_80_by_24_every_fact_of_a_locked_read_only_lab_on_aws_is_there() -> None:
    async with showing(standing_lab(target="aws", held_by=ALICE, read_only=True), size=(80, 24)) as lab:
        await lab.step(2)
        lab.app.drain()
        await lab.settle()
        facts = ("REAL AWS", "READ-ONLY", "privatelink", "provider-nlb", "ap-northeast-1", "111122223333")
        facts += ("spec on · live on", "probe not started", "locked by alice@build-7: reconcile, 12 s")
        facts += ("0.23 USD/h · uptime 2 h 10 min · ≈ 0.50 USD so far", "AWS's endpoints")
        for fact in facts:
            assert fact in lab.text()


async def test_at_80_by_24_every_fact_of_an_overridden_and_broken_sandbox_is_there() -> None:
    fake = FakeLab(spec(consumers=("consumer", "second")))
    fake.broken = ("zone ap-northeast-1c (apne1-az1) is down",)
    async with showing(fake, size=(80, 24)) as lab:
        await lab.converge()
        await lab.press("x")
        await lab.step()
        facts = ("SANDBOX", "no account", "http://127.0.0.1:4566", "spec on · live off", "override", "r resets")
        facts += ("probe running as all consumers", "zone ap-northeast-1c (apne1-az1) is down", "not locked")
        facts += ("free; on AWS 0.23 USD/h",)
        for fact in facts:
            assert fact in lab.text()


async def test_what_has_no_room_is_told_to_be_left_out() -> None:
    async with showing(standing_lab(target="aws", held_by=ALICE), size=(40, 12)) as lab:
        await lab.step(2)
        lab.app.drain()
        await lab.settle()
        rows = header(lab).splitlines()
        assert len(rows) == 2
        assert rows[0].startswith(" REAL AWS ")
        assert rows[-1].endswith("…")


async def test_facts_that_come_and_go_leave_no_empty_row() -> None:
    async with showing(size=(80, 24)) as lab:
        await lab.converge()
        before = lab.app.main.query_one(Header).size.height
        lab.lab.broken = ("the server of provider-service-1 in ap-northeast-1a is down and out",)
        await look(lab)
        assert lab.app.main.query_one(Header).size.height == before + 1
        lab.lab.broken = ()
        await look(lab)
        assert lab.app.main.query_one(Header).size.height == before


# -- real AWS is not taken for the sandbox ----------------------------------------------------------------------------


async def test_on_aws_the_whole_first_row_is_in_a_colour_of_its_own() -> None:
    async with showing(standing_lab(target="aws")) as lab:
        await lab.step(2)
        row = lab.app.main.header._rows(118)[0]
        assert row.cell_len == 118
        assert {span.style.color.name for span in row.spans} | {row.style.color.name} == {DARK.variables["aws"]}  # type: ignore[union-attr]


async def test_on_the_sandbox_only_the_badge_is() -> None:
    async with showing() as lab:
        assert DARK.variables["sandbox"] in str(lab.app.main.header._rows(118)[0].spans[0].style)
        assert "REAL AWS" not in header(lab)


async def test_costs_are_the_labs_own_on_aws_only() -> None:
    async with showing() as lab:
        await lab.converge()
        assert "free; on AWS 0.23 USD/h" in header(lab)
        assert "uptime" not in header(lab)


# -- who is changing it -----------------------------------------------------------------------------------------------


async def test_a_run_of_this_app_is_told_from_anothers() -> None:
    async with showing() as lab:
        await lab.converge()
        assert "not locked" in header(lab)
        lab.lab.held_by = LeaseOwner(ALICE.who, ALICE.verb, ALICE.since, own=True)
        await look(lab)
        assert "locked by this app: reconcile, 12 s" in header(lab)
        lab.lab.held_by = ALICE
        await look(lab)
        assert "locked by alice@build-7: reconcile, 12 s" in header(lab)


@pytest.mark.parametrize("failing", ["bill", "possible_faults"])
async def test_what_fails_beside_the_lock_takes_neither_it_nor_the_rest_along(
    failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: FakeLab) -> None:
        raise Refused("AccessDenied: not authorised (pricing:GetProducts)")

    async with showing(standing_lab(target="aws", held_by=ALICE)) as lab:
        monkeypatch.setattr(FakeLab, failing, fails)
        await lab.step(2)
        lab.lab.broken = ("the server of a is down",)
        await look(lab)
        assert "lock unknown" not in header(lab)
        assert "locked by alice@build-7: reconcile" in header(lab)
        assert ("the server of a is down" in header(lab)) is (failing == "bill")
        assert ("0.23 USD/h" in header(lab)) is (failing == "possible_faults")


async def test_a_lock_that_cannot_be_read_is_unknown_and_hides_neither_cost_nor_faults() -> None:
    class Denied(FakeLab):
        async def holder(self) -> LeaseOwner | None:
            raise Refused("AccessDenied: not authorised (ssm:GetParameter)")

    fake = Denied()
    fake.broken = ("the server of a is down",)
    async with showing(fake) as lab:
        await lab.converge()
        for fact in ("lock unknown", "the server of a is down", "free; on AWS 0.23 USD/h"):
            assert fact in header(lab)


async def test_a_holders_words_cannot_steer_the_terminal() -> None:
    async with showing() as lab:
        await lab.converge()
        lab.lab.held_by = LeaseOwner("\x1b[2Jmallory", "[/x]", "2026-01-01T09:00:00+00:00")
        await look(lab)
        assert "\x1b" not in header(lab)
        assert "[/x]" in header(lab)


@pytest.mark.parametrize("since", ["x", "", "2026-01-01T09:00:00", "0001-01-01T00:00:00+14:00"])
async def test_a_holder_whose_time_is_none_is_shown_without_it(since: str) -> None:
    async with showing() as lab:
        await lab.converge()
        lab.lab.held_by = LeaseOwner("mallory", "reconcile", since)
        await look(lab)
        assert "locked by mallory: reconcile" in header(lab)


# -- what is broken on purpose ----------------------------------------------------------------------------------------


async def test_a_fault_is_told_until_it_is_mended() -> None:
    async with showing(size=(120, 40)) as lab:
        await lab.converge()
        assert "fault" not in header(lab)
        lab.lab.broken = ("zone ap-northeast-1c (apne1-az1) is down",)
        await look(lab)
        assert " fault  zone ap-northeast-1c (apne1-az1) is down" in header(lab)
        lab.lab.broken = ()
        await look(lab)
        assert "fault" not in header(lab)


async def test_of_several_faults_the_first_is_told_and_the_rest_counted() -> None:
    async with showing(size=(120, 40)) as lab:
        await lab.converge()
        lab.lab.broken = ("the server of a is down", "the server of b is down", "the server of c is down")
        await look(lab)
        assert " fault (+2)  the server of a is down" in header(lab)


async def test_a_faults_words_cannot_steer_the_terminal() -> None:
    async with showing(size=(120, 40)) as lab:
        await lab.converge()
        lab.lab.broken = ("the server of \x1b[2Jx is down",)
        await look(lab)
        assert "\x1b" not in header(lab)


# -- read-only --------------------------------------------------------------------------------------------------------


async def test_read_only_on_the_sandbox_nothing_converges_and_what_is_there_is_asked() -> None:
    async with showing(standing_lab(read_only=True)) as lab:
        await lab.step(2)
        assert lab.lab.calls == ["open", "look", "answers consumer"]
        assert "READ-ONLY" in header(lab)


@pytest.mark.parametrize("key", ["r", "D", "x", "f", "F"])
async def test_read_only_every_key_that_writes_says_it_is_refused(key: str) -> None:
    async with showing(standing_lab(target="aws", read_only=True), notices=True) as lab:
        await lab.step(2)
        before = list(lab.lab.calls)
        await lab.press(key)
        assert "Refused: --read-only does not allow" in lab.text()
        assert lab.lab.calls == before


# -- how it looks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["sandbox", "aws", "aws-locked", "aws-read-only"])
async def test_header(state: str, snapshot: SnapshotAssertion) -> None:
    fake = FakeLab() if state == "sandbox" else standing_lab(target="aws")
    fake.held_by = ALICE if state == "aws-locked" else None
    fake.read_only = state == "aws-read-only"
    async with showing(fake, size=(80, 24)) as lab:
        await (lab.converge() if state == "sandbox" else lab.step(2))
        lab.app.drain()
        await lab.settle()
        rows = lab.app.main.header.size.height
        assert "\n".join(line.rstrip() for line in lab.text().splitlines()[:rows]) == snapshot


async def test_header_in_ascii() -> None:
    async with showing(standing_lab(target="aws", held_by=ALICE), size=(80, 24), ascii_glyphs=True) as lab:
        await lab.step(2)
        assert lab.text().isascii()
