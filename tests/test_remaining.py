"""What commands say of resources that remain, and the question before an account is changed."""

import asyncio
import json
import os
import sys
from argparse import Namespace
from typing import Any

import pytest

from pltui.aws.settings import Settings
from pltui.cli import confirmation
from pltui.cli.commands import reconcile
from pltui.cli.confirmation import ask_confirmation
from pltui.cli.lab_command import carry_out
from pltui.cli.output import Output
from pltui.cli.remaining import Remaining, remaining, removal_command
from pltui.errors import Refused
from pltui.lab.session import Lab
from tests.fakeaws import FakeAws
from tests.fakeaws.faults import Call, Fault
from tests.fakecloud.clock import run
from tests.fakecloud.labs import SPECS
from tests.generated.process import REGION, Host

ARGS = Namespace(
    spec="lab.yaml", set=["provider.servers.count=3"], target="aws", endpoint_url=None, profile="net", region=None,
    yes=False,
)  # fmt: skip
REMOVAL = "pltui destroy lab.yaml --set provider.servers.count=3 --target aws --profile net --yes"


def lab_on(cloud: FakeAws) -> Lab:
    from pltui.spec import load

    settings = Settings(target="aws", region=REGION)
    return Lab("lab.yaml", load(SPECS / "privatelink.yaml"), settings, wire=cloud, process=Host().process(1))


async def carried_out(cloud: FakeAws, verb: str, *, as_json: bool = False) -> int:
    lab = lab_on(cloud)
    await lab.open()
    work = lab.reconcile() if verb == "reconcile" else lab.destroy()
    return await carry_out(ARGS, lab, Output(as_json=as_json), verb, work)


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (Remaining(count=3), ""),
        (Remaining(count=0, on_aws=True, region="eu-west-1"), "nothing of the lab remains in eu-west-1, and nothing is "
         "billed there"),
        (Remaining(count=2, on_aws=True), "what remains (2 resources) costs nothing by the hour; `C` removes it"),
        (Remaining(count=2, usd_per_hour=0.0243, at_least=0.0243, billed=("a/lb",), on_aws=True),
         "what remains costs 0.02 USD/h; `C` removes it (2 resources, billed: a/lb)"),
        (Remaining(count=2, usd_per_hour=None, at_least=0.0243, billed=("a/lb", "a/x"), on_aws=True),
         "what remains costs at least 0.02 USD/h; `C` removes it (2 resources, billed: a/lb, a/x)"),
        (Remaining(count=1, usd_per_hour=None, billed=("a/x",), on_aws=True),
         "what remains costs an unknown price; `C` removes it (1 resources, billed: a/x)"),
        (Remaining(count=0, usd_per_hour=None, unreadable=("load_balancer", "role"), on_aws=True, region="eu-west-1"),
         "nothing was found in eu-west-1; and perhaps more of these types, which may not be read: load balancer, role"),
        (Remaining(count=9, usd_per_hour=None, unreadable=("nat_gateway",), on_aws=True),
         "what remains costs at least 0.00 USD/h; `C` removes it (9 resources); and perhaps more of these types, which "
         "may not be read: nat gateway"),
        (Remaining(count=2, usd_per_hour=None, at_least=0.0243, billed=("a/lb",), unreadable=("instance",),
                   perhaps=("a/nat", "b/nat"), on_aws=True),
         "what remains costs at least 0.02 USD/h; `C` removes it (2 resources, billed: a/lb); and perhaps more of "
         "these types, which may not be read: instance; and perhaps a/nat, b/nat, as the answer to the create was "
         "lost"),
        (Remaining(count=0, usd_per_hour=None, on_aws=True, region="eu-west-1", looked=False),
         "what remains in eu-west-1 is unknown; `C` removes it"),
    ],
)  # fmt: skip
def test_what_remains_is_said_with_its_cost_and_the_command_that_removes_it(left: Remaining, sentence: str) -> None:
    assert left.sentence("C") == sentence


def test_the_command_names_the_lab_in_the_same_place() -> None:
    assert removal_command(ARGS) == REMOVAL


def test_a_run_on_aws_ends_with_what_remains_and_a_destroy_with_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> list[int]:
        cloud = FakeAws(lag=0.0, pace=0.0)
        return [await carried_out(cloud, verb) for verb in ("reconcile", "destroy")]

    assert run(story()) == [0, 0]
    told = capsys.readouterr().err
    assert f"what remains costs 0.23 USD/h; `{REMOVAL}` removes it (62 resources, billed: consumer/client, " in told
    assert told.rstrip().endswith(f"nothing of the lab remains in {REGION}, and nothing is billed there")


def test_the_summary_holds_the_count_and_the_cost(capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        cloud = FakeAws(lag=0.0, pace=0.0)
        for verb in ("reconcile", "destroy"):
            await carried_out(cloud, verb, as_json=True)

    run(story())
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["remaining"], one["usd_per_hour"]) for one in found] == [(62, 0.2267), (0, 0.0)]


def test_credentials_that_expire_midway_leave_the_counts_and_the_cost_in_the_summary(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The lease is taken by the first write; the VPCs, groups, servers and load balancer are made by the others."""

    async def story() -> int:
        cloud = FakeAws(lag=0.0, pace=0.0)
        accepted: list[str] = []

        def script(call: Call) -> Fault | None:
            accepted.append(call.operation)
            return Fault.EXPIRED if "CreateListener" in accepted else None

        cloud.script = script
        return await carried_out(cloud, "reconcile", as_json=True)

    assert run(story()) == 1
    heard = capsys.readouterr()
    summary = json.loads(heard.out.splitlines()[-1])
    assert summary["created"] > 20
    assert summary["remaining"] >= summary["created"]
    assert 0.06 < summary["usd_per_hour"] < 0.08  # load balancer, three servers, addresses
    assert "expired" in summary["message"]
    assert f"`{REMOVAL}` removes it" in heard.err


def test_the_switch_alone_says_nothing_of_what_remains_as_it_looks_at_the_load_balancer_alone() -> None:
    async def story() -> Remaining:
        cloud = FakeAws(lag=0.0, pace=0.0)
        await carried_out(cloud, "reconcile")
        lab = lab_on(cloud)
        await lab.open(planning=False)
        assert (await lab.set_cross_zone(True)).ok
        return await remaining(lab)

    assert run(story()).document() == {}


# -- the question -----------------------------------------------------------------------------------------------------


def asked(monkeypatch: pytest.MonkeyPatch, answer: str, args: Namespace, *, terminal: bool = True) -> tuple[Any, int]:
    """What `ask_confirmation` comes to for a lab that is not there, and how many writes it sent."""

    async def line() -> str:
        return answer

    monkeypatch.setattr(confirmation, "_is_interactive", lambda: terminal)
    monkeypatch.setattr(confirmation, "_read_line", line)

    async def story() -> tuple[Any, int]:
        cloud = FakeAws(lag=0.0, pace=0.0)
        lab = lab_on(cloud)
        await lab.open()
        try:
            found: Any = await ask_confirmation(lab, Output(), args)
        except Refused as refused:
            found = refused
        return found, len(cloud.writes)

    return run(story())


def test_on_a_terminal_an_account_is_changed_after_a_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    review, writes = asked(monkeypatch, "y\n", ARGS)
    assert (len(review.plan.changes), writes) == (62, 0)
    told = capsys.readouterr().err
    assert f"account 123456789012, region {REGION}: 62 to create" in told
    assert "0.00 USD/h -> 0.23 USD/h" in told
    assert told.endswith("change this account? [y/N] ")


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yes please\n"])
def test_any_other_answer_changes_nothing(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    refused, writes = asked(monkeypatch, answer, ARGS)
    assert (refused.code, writes) == (4, 0)


@pytest.mark.parametrize(("more", "terminal"), [({"yes": True}, True), ({}, False)])
def test_with_yes_and_without_a_terminal_nothing_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], more: dict[str, bool], terminal: bool
) -> None:
    review, _ = asked(monkeypatch, "n\n", Namespace(**{**vars(ARGS), **more}), terminal=terminal)
    assert review is None
    assert capsys.readouterr().err == ""


def test_the_sandbox_is_never_asked_about() -> None:
    lab = Lab("lab.yaml", lab_on(FakeAws()).spec, Settings())

    async def story() -> Any:
        return await ask_confirmation(lab, Output(), ARGS)

    assert asyncio.run(story()) is None


def test_the_answer_is_read_from_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)

        async def story() -> str:
            asyncio.get_running_loop().call_later(0.01, os.write, ours, b"yes\n")
            return await confirmation._read_line()

        assert asyncio.run(story()) == "yes\n"
    os.close(ours)


def test_a_lab_that_is_watched_begins_with_the_plan_that_was_agreed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    async def agreed(*_: Any, **__: Any) -> Any:
        return "the review"

    async def watch(lab: Any, out: Any, review: Any) -> int:
        given.append(review)
        return 130

    monkeypatch.setattr(reconcile, "ask_confirmation", agreed)
    monkeypatch.setattr(reconcile, "watch", watch)
    monkeypatch.setattr(reconcile, "run_on_lab", lambda _, work: asyncio.run(work(Namespace(wrote=False), None)))
    assert reconcile.run(Namespace(plan=None, watch=True)) == 130
    assert given == ["the review"]
