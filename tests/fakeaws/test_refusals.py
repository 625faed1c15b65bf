"""A denial or a quota: whom it stops, what was written before it, and what is reported of it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pltui.cli.remaining import Remaining, remaining
from pltui.engine.events import RunFinished
from pltui.engine.plan import Plan
from pltui.engine.reconcile import Outcome
from pltui.errors import Refused
from pltui.lab.session import Lab
from tests.fakeaws.faults import Call, Fault, Rejection, Script, combine, first, from_nth
from tests.fakecloud.clock import run
from tests.generated.bare import Account, converge, destroy
from tests.generated.labs import spec
from tests.generated.process import Ended

NOTHING_MORE = "nothing more is created"
DENIED_EC2 = Rejection("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
VERIFYING = Rejection("PendingVerification", "Your request for accessing resources in this region is being validated.")


def denied(action: str) -> Rejection:
    text = f"User: arn:aws:iam::123456789012:user/test is not authorized to perform: {action}"
    return Rejection("AccessDenied", text, 403)


def kinds(account: Account) -> list[str]:
    return [one.type for one in account.cloud.standing()]


async def without(account: Account, *types: str) -> None:
    """Another hand deletes these of a lab that was made, each with what hangs on it gone before."""
    calls = {
        "endpoint": ("ec2", "DeleteVpcEndpoints", "VpcEndpointIds", True),
        "endpoint_service": ("ec2", "DeleteVpcEndpointServiceConfigurations", "ServiceIds", True),
        "load_balancer": ("elbv2", "DeleteLoadBalancer", "LoadBalancerArn", False),
    }
    for type_ in types:
        service, operation, name, several = calls[type_]
        [id_] = [one.id for one in account.cloud.standing() if one.type == type_]
        await account.cloud.hand(service, operation, **{name: [id_] if several else id_})
        await asyncio.sleep(400)


# -- whom it stops ----------------------------------------------------------------------------------------------------


async def test_a_denied_update_keeps_nothing_from_being_created() -> None:
    account = Account(lag=1.0, pace=1.0)
    await account.made()
    subnet = account.id("provider/private-subnet-1")
    public = {"Value": True}
    await account.cloud.hand("ec2", "ModifySubnetAttribute", SubnetId=subnet, MapPublicIpOnLaunch=public)
    script = from_nth(1, DENIED_EC2, "ModifySubnetAttribute")
    ended = await account.process(converge, script, of=spec("a", "greeting"))
    assert ended.outcome
    assert ended.outcome.left == ["provider/private-subnet-1"]
    assert NOTHING_MORE not in " ".join(ended.outcome.problems)
    assert kinds(account).count("instance") == 2, "the server that was replaced is there again"


async def test_a_denied_delete_lets_a_destroy_go_on() -> None:
    account = Account(lag=1.0, pace=1.0)
    await account.made()
    lost = first(Fault.DROPPED, "DeleteTargetGroup", 8)
    script = combine(from_nth(1, denied("iam:DeleteRole"), "DeleteRole"), lost)
    ended = await account.process(destroy, script)
    assert ended.outcome
    assert kinds(account) == ["role"]
    assert NOTHING_MORE not in " ".join(ended.outcome.problems)


@pytest.mark.parametrize(("no", "stops"), [(DENIED_EC2, False), (VERIFYING, True)], ids=["denied", "account"])
async def test_what_rounds_off_a_create_stops_others_only_for_a_reason_of_the_account(
    no: Rejection, *, stops: bool
) -> None:
    ended = await Account().process(converge, from_nth(1, no, "ModifyVpcAttribute"))
    assert ended.outcome
    assert (NOTHING_MORE in " ".join(ended.outcome.problems)) is stops


# -- what was written before it ---------------------------------------------------------------------------------------


def test_what_was_made_before_its_rounding_off_was_denied_is_counted_and_no_refusal() -> None:
    async def story() -> Ended:
        account = Account(lag=0.0, pace=1.0)
        await account.made()
        await without(account, "endpoint", "endpoint_service", "load_balancer")
        action = "elasticloadbalancing:ModifyLoadBalancerAttributes"
        script = combine(
            from_nth(1, denied(action), "ModifyLoadBalancerAttributes"), from_nth(1, denied("x"), "CreateListener")
        )
        return await account.process(converge, script)

    outcome = run(story()).outcome
    assert outcome
    assert (outcome.denied, outcome.wrote, outcome.created, outcome.unfinished) == (False, True, 0, 1)
    assert "1 created but not ready" in outcome.message
    assert RunFinished.of(outcome).document()["unfinished"] == 1


def test_credentials_that_expire_while_what_was_made_is_pending_leave_an_outcome_and_no_refusal() -> None:
    async def story() -> Ended:
        account = Account(lag=1.0, pace=1.0)
        await account.made()
        await without(account, "endpoint")
        made: list[Call] = []

        def script(call: Call) -> Fault | None:
            made.extend([call] if call.operation == "CreateVpcEndpoint" else [])
            return Fault.EXPIRED if made and call not in made and call.service != "ssm" else None

        return await account.process(converge, script)

    error = run(story()).error
    assert error
    assert error.outcome
    assert (error.code, error.outcome.unfinished) == (1, 1)
    assert "1 created but not ready" in error.outcome.message


def test_a_plan_that_strays_after_something_was_written_leaves_an_outcome_and_no_refusal() -> None:
    def strays_from(first_one: bool) -> Callable[[Lab], Awaitable[Outcome]]:
        def review(_: Plan, first: bool) -> None:
            if first is first_one:
                raise Refused("the world has moved")

        return lambda lab: lab.reconcile(review=review)

    later, at_once = (run(Account().process(strays_from(first_one))).error for first_one in (False, True))
    assert later
    assert later.outcome
    assert (later.code, later.outcome.ok) == (1, False)
    assert later.outcome.message.startswith("the world has moved: ")
    assert f"{later.outcome.created} created" in later.outcome.message
    assert at_once
    assert (at_once.code, at_once.outcome) == (4, None)


# -- what may remain --------------------------------------------------------------------------------------------------


def left_after(script: Script, verb: Callable[[Lab], Awaitable[Outcome]], *, made: bool = False) -> Remaining:
    labs: list[Lab] = []

    def kept(lab: Lab) -> Awaitable[Outcome]:
        labs.append(lab)
        return verb(lab)

    async def story() -> Remaining:
        account = Account(lag=0.0, pace=1.0)
        if made:
            await account.made()
        await account.process(kept, script)
        return await remaining(labs[0])

    return run(story())


def test_a_create_whose_answer_was_lost_may_be_billed_though_no_later_try_was_let_through() -> None:
    lost: list[Call] = []

    def script(call: Call) -> Fault | None:
        if lost:
            return Fault.EXPIRED if call.service != "ssm" else None
        lost.extend([call] if call.operation == "CreateNatGateway" else [])
        return Fault.LOST if lost else None

    left = left_after(script, converge)
    assert len(left.perhaps) == 1
    assert left.perhaps[0].endswith("nat-gateway-1")
    assert left.usd_per_hour is None
    assert left.at_least > 0


@pytest.mark.parametrize(("operation", "known"), [("DescribeLoadBalancers", False), ("DescribeTargetGroups", True)])
def test_what_remains_of_types_that_may_not_be_read_has_no_price(operation: str, *, known: bool) -> None:
    script = from_nth(1, denied(f"elasticloadbalancing:{operation}"), operation)
    left = left_after(script, destroy, made=True)
    assert left.count
    assert left.unreadable
    assert (left.usd_per_hour is not None) is known
    assert ("at least" in left.sentence("C")) is not known


def test_what_could_not_be_looked_at_remains_in_an_unknown_number() -> None:
    left = left_after(lambda call: Fault.EXPIRED if call.service == "iam" else None, destroy)
    assert left.document() == {}
    assert "unknown" in left.sentence("C")
