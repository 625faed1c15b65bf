"""What is shown before a run, what it takes to agree to it, and that only that is done."""

from collections.abc import Callable, Mapping

import pytest
from syrupy.assertion import SnapshotAssertion

from pltui.aws.settings import Settings
from pltui.engine.model import Change, Desired, Observed, Op, Step
from pltui.engine.outcome import Outcome
from pltui.engine.plan import Plan
from pltui.lab.approval import PlanChangedError
from pltui.lab.session import Lab
from pltui.tui.screens.main import MainScreen
from pltui.tui.screens.review import Review
from pltui.tui.session import Review as Check
from tests.builders.fake_lab import FakeLab, all_desired, spec, standing_lab
from tests.fakeaws.fake import FakeAws
from tests.generated.labs import spec as smallest
from tests.generated.process import REGION
from tests.tui.conftest import Driver, panel, showing

SUBNET = "provider/private-subnet-1"


def replacement() -> tuple[Step, ...]:
    """Subnet 1 has another range, and a machine of its goes with it; the switch is to be turned."""
    cidr = Change("cidr", "10.0.1.0/24", "10.0.129.0/24")
    subnet = Observed(SUBNET, "subnet", "subnet-0a1b", {})
    server = Observed("provider/server-1", "instance", "i-0c2d", {})
    balancer = Observed("provider/load-balancer", "load_balancer", "arn:aws:elasticloadbalancing:x:y:z", {})
    desired = {each.address: each for each in all_desired(spec())}
    return (
        Step(Op.UPDATE, balancer.address, balancer.kind, "differs: cross_zone", desired[balancer.address], balancer,
             (Change("cross_zone", False, True),)),
        Step(Op.DELETE, server.address, server.kind, "hangs on provider/private-subnet-1", desired[server.address],
             server, replaces=True, hangs_on=SUBNET),
        Step(Op.DELETE, SUBNET, "subnet", "differs: cidr", desired[SUBNET], subnet, (cidr,), replaces=True,
             takes_along=(server.address,)),
    )  # fmt: skip


def writes(lab: FakeLab) -> list[str]:
    return [call for call in lab.calls if call.split()[0] in ("reconcile", "destroy", "set_cross_zone")]


async def opened(lab: Driver) -> None:
    await lab.step(2)


class Slow(FakeLab):
    """Plans are made at the next step only."""

    async def plan(self, *, destroy: bool = False, remove_guardduty: bool = False) -> Plan:
        await self._tick("plan")
        return self._plan(destroy)


# -- what is asked, and what is not -----------------------------------------------------------------------------------


async def test_on_the_sandbox_what_only_makes_things_is_done_unasked() -> None:
    async with showing() as lab:
        await lab.converge()
        del lab.lab.exists["provider/listener"]
        await lab.press("r")
        await lab.converge()
        assert writes(lab.lab) == ["reconcile", "reconcile"]
        assert isinstance(lab.app.screen, MainScreen)


async def test_on_the_sandbox_what_deletes_is_reviewed_and_one_key_agrees() -> None:
    async with showing(standing_lab()) as lab:
        await lab.converge()
        lab.lab.differing = replacement()
        lab.lab.calls.clear()
        await lab.press("r")
        assert isinstance(lab.app.screen, Review)
        assert writes(lab.lab) == []
        await lab.press("y")
        assert writes(lab.lab) == ["reconcile"]


async def test_opening_does_not_delete_unasked_either() -> None:
    async with showing(standing_lab(differing=replacement())) as lab:
        await opened(lab)
        assert isinstance(lab.app.screen, Review)
        await lab.press("n")
        assert writes(lab.lab) == []
        assert "Nothing was changed." in lab.text()


async def test_on_aws_the_plan_with_its_cost_comes_before_any_write() -> None:
    async with showing(FakeLab(target="aws")) as lab:
        await opened(lab)
        await lab.press("r")
        assert isinstance(lab.app.screen, Review)
        text = lab.text()
        assert "REAL AWS · 111122223333 · ap-northeast-1" in text
        assert "+ 62 to create" in text
        assert "0.00 USD/h → 0.23 USD/h" in text
        assert "list prices of 2026-10 for ap-northeast-1" in text
        await lab.press("n")
        await lab.press("r")
        await lab.press("enter")  # on the button one comes upon first
        assert isinstance(lab.app.screen, MainScreen)
        assert writes(lab.lab) == []
        await lab.press("r")
        await lab.press("y")
        assert writes(lab.lab) == ["reconcile"]


async def test_on_aws_what_deletes_takes_the_labs_name() -> None:
    async with showing(standing_lab(target="aws", differing=replacement())) as lab:
        await opened(lab)
        await lab.press("r")
        await lab.press("y", "enter")
        assert writes(lab.lab) == []
        await lab.press("backspace", *"privatelink", "enter")
        assert writes(lab.lab) == ["reconcile"]


@pytest.mark.parametrize("target", [pytest.param("sandbox", marks=pytest.mark.slow), "aws"])
async def test_destroy_takes_the_labs_name_everywhere(target: str) -> None:
    async with showing(standing_lab(target=target)) as lab:
        await (lab.converge() if target == "sandbox" else opened(lab))
        lab.lab.calls.clear()
        await lab.press("D", *"Privatelink", "enter")
        assert "That is not privatelink" in lab.text()
        assert writes(lab.lab) == []
        await lab.press("escape")
        await lab.press("D", *"privatelink", "enter")
        await lab.step()
        assert writes(lab.lab) == ["destroy"]


async def test_with_nothing_to_change_nothing_is_asked() -> None:
    async with showing(standing_lab(target="aws")) as lab:
        await opened(lab)
        await lab.press("r")
        assert isinstance(lab.app.screen, MainScreen)
        assert writes(lab.lab) == ["reconcile"]


async def test_keys_pressed_while_the_plan_is_being_made_do_nothing() -> None:
    async with showing(Slow(target="aws")) as lab:
        await opened(lab)
        await lab.press("r", "y")
        assert "Reading the current state" in lab.text()
        assert writes(lab.lab) == []
        await lab.step()
        await lab.press("y")
        assert writes(lab.lab) == ["reconcile"]


async def test_a_review_that_is_closed_before_its_plan_is_there_is_a_no() -> None:
    async with showing(Slow(target="aws")) as lab:
        await opened(lab)
        await lab.press("r")
        await lab.press("escape")
        await lab.step()
        assert isinstance(lab.app.screen, MainScreen)
        assert "Nothing was changed." in lab.text()
        assert writes(lab.lab) == []


async def test_a_button_does_what_its_key_does() -> None:
    async with showing(FakeLab(target="aws")) as lab:
        await opened(lab)
        await lab.press("r")
        await lab.pilot.click("#yes")
        await lab.settle()
        assert writes(lab.lab) == ["reconcile"]


# -- the plan that is carried out -------------------------------------------------------------------------------------


async def test_a_world_that_has_moved_is_told_and_its_new_plan_asked_for() -> None:
    class Moving(FakeLab):
        moved = False

        async def reconcile(self, *, keep_switch: bool = False, review: Check | None = None) -> Outcome:
            if not self.moved:
                self.moved = True
                self.differing = replacement()
            return await super().reconcile(keep_switch=keep_switch, review=review)

    async with showing(Moving(target="aws")) as lab:
        await opened(lab)
        await lab.press("r")
        await lab.press("y")
        assert writes(lab.lab) == []
        assert isinstance(lab.app.screen, Review)
        assert "Nothing was changed: the lab has changed" in lab.text()
        assert "-/+ 2 to replace" in lab.text()
        await lab.press("y")  # a letter now: it deletes, and takes the name
        assert writes(lab.lab) == []
        await lab.press("backspace", *"privatelink", "enter")
        assert writes(lab.lab) == ["reconcile"]


def test_what_was_agreed_to_is_carried_out_as_it_is_or_not_at_all() -> None:
    from pltui.lab.approval import ApprovedPlan

    agreed = Plan(replacement())
    ApprovedPlan(agreed)(Plan(replacement()), True)
    with pytest.raises(PlanChangedError) as moved:
        ApprovedPlan(agreed)(Plan(replacement()[:1]), True)
    assert moved.value.plan == Plan(replacement()[:1])


# -- what it shows ----------------------------------------------------------------------------------------------------


async def test_a_replacement_tells_what_forces_it_and_what_it_takes_along() -> None:
    async with showing(standing_lab(target="aws", differing=replacement()), size=(120, 40)) as lab:
        await opened(lab)
        await lab.press("r")
        text = lab.text()
        assert "-/+  private subnet 1" in text
        assert "cidr: 10.0.1.0/24 -> 10.0.129.0/24" in text
        assert "forces replacement" in text
        assert "also affects 1: server 1" in text
        assert "cross_zone: false -> true" in text


async def test_a_thousand_steps_scroll_and_only_those_in_sight_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from pltui.tui.widgets.steps import StepLine, Steps

    many = tuple(
        Step(Op.CREATE, address, "instance", "does not exist", Desired(address, "instance", {}))
        for address in (f"provider/server-{n}" for n in range(1, 1001))
    )
    drawn: list[str] = []
    text = Steps._text

    def counted(self: Steps, line: StepLine) -> object:
        drawn.append(line.text)
        return text(self, line)

    async with showing(standing_lab(target="aws", differing=many), size=(80, 24)) as lab:
        await opened(lab)
        await lab.press("r")
        assert "+ 1000 to create" in lab.text()
        monkeypatch.setattr(Steps, "_text", counted)
        await lab.press("end")
        assert "server 1000" in lab.text()
        assert len(set(drawn)) < 24
        await lab.press("home")
        assert "server 1 " in lab.text()


async def test_an_item_without_a_price_is_named_and_not_guessed() -> None:
    fake = FakeLab(target="aws")
    fake.unpriced = ("instance m7i.large",)
    async with showing(fake) as lab:
        await opened(lab)
        await lab.press("r")
        assert "no price known for m7i.large" in lab.text()
        assert "0.23+ USD/h" in lab.text()


LOOKS: Mapping[str, tuple[Callable[[], FakeLab], str]] = {
    "creations on AWS": (lambda: FakeLab(target="aws"), "r"),
    "replacement on AWS": (lambda: standing_lab(target="aws", differing=replacement()), "r"),
    "replacement on the sandbox": (lambda: standing_lab(differing=replacement()), ""),
    "destroy": (standing_lab, "Dpriv"),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_looks(name: str, snapshot: SnapshotAssertion) -> None:
    make, keys = LOOKS[name]
    async with showing(make(), size=(80, 24)) as lab:
        await (lab.converge() if keys.startswith("D") else opened(lab))
        await lab.press(*keys)
        assert panel(lab) == snapshot


async def test_review_in_ascii() -> None:
    async with showing(standing_lab(target="aws", differing=replacement()), size=(80, 24), ascii_glyphs=True) as lab:
        await opened(lab)
        await lab.press("r")
        assert lab.text().isascii()
        assert "forces replacement" in panel(lab)


@pytest.mark.slow
@pytest.mark.parametrize("keys", ["r", "D"])
async def test_any_size_is_survived(keys: str) -> None:
    async with showing(FakeLab(target="aws")) as lab:
        await opened(lab)
        for size in ((20, 5), (120, 40), (1, 1), (80, 24)):
            await lab.pilot.resize_terminal(*size)
            await lab.press(keys)
            await lab.pilot.resize_terminal(*reversed(size))
            await lab.settle()
            await lab.press("escape")


def test_every_binding_has_an_id_and_a_tooltip() -> None:
    from textual.binding import Binding

    assert all(isinstance(each, Binding) and each.id and each.tooltip for each in Review.BINDINGS)


# -- on the wire ------------------------------------------------------------------------------------------------------


async def until(lab: Driver, true: Callable[[], bool]) -> None:
    """Let the app go on until then; the test's own timeout ends what never comes true."""
    while not true():
        await lab.pilot.pause(0.02)


@pytest.mark.parametrize("key", ["r", "D"])
async def test_no_call_that_writes_reaches_aws_before_somebody_agreed(key: str) -> None:
    aws = FakeAws(lag=0, pace=0)
    lab = Lab("lab.yaml", smallest("a"), Settings(target="aws", region=REGION), wire=aws)
    async with showing(lab) as screen:  # type: ignore[arg-type]
        await until(screen, lambda: screen.app.work.is_open and not screen.app.work.busy)
        screen.app.work.watch_switch()
        screen.app.lab_status.watch()
        await screen.press(key)
        await until(screen, lambda: isinstance(screen.app.screen, Review) or not screen.app.work.busy)
        await until(screen, lambda: "Reading the current state" not in screen.text())
        await screen.press("escape", "x", "w", "f", "F")
        assert aws.calls
        assert aws.writes == []
        if key == "r":
            await screen.press("r")
            await until(screen, lambda: "to create" in screen.text())
            assert aws.writes == []
            await screen.press("y")
            await until(screen, lambda: bool(aws.writes))
            assert aws.writes[0].operation == "PutParameter"  # the lease comes first
