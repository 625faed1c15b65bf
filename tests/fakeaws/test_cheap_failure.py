"""A rejection ends a run while little that is billed exists, and never after a NAT gateway was created."""

import asyncio
from collections import Counter
from functools import cache

import pytest

from pltui import topology
from pltui.cost import prices
from pltui.engine.plan import make_plan
from pltui.spec import load
from tests.fakeaws.fake import LATENCY, FakeAws
from tests.fakeaws.faults import Call, Rejection, from_nth
from tests.fakecloud.clock import run
from tests.fakecloud.labs import AREA, SPECS, TRAITS, wants_of
from tests.generated.bare import Account, converge
from tests.generated.process import Ended

MOST_USD_PER_HOUR = 0.08
SPEC = load(SPECS / "privatelink.yaml")


def denied(action: str) -> Rejection:
    """IAM user guide, "Troubleshoot access denied error messages"; EC2 has a code of its own (its error code list)."""
    if action.startswith("ec2:"):
        return Rejection("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
    text = f"User: arn:aws:iam::123456789012:user/test is not authorized to perform: {action} on resource: *"
    return Rejection("AccessDenied", text, 403)


def unsupported(zone: str) -> Rejection:
    return Rejection(
        "Unsupported",
        f"Your requested instance type (t3.micro) is not supported in your requested Availability Zone ({zone}).",
    )


VPCS = Rejection("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
ADDRESSES = Rejection("AddressLimitExceeded", "The maximum number of addresses has been reached.")
VERIFYING = Rejection("PendingVerification", "Your request for accessing resources in this region is being validated.")
# Name -> the operation, from which of its calls on, and the answer (EC2 error code list).
REJECTIONS = {
    "a VPC quota reached at the second": ("CreateVpc", 2, VPCS),
    "no elastic IP left": ("AllocateAddress", 1, ADDRESSES),
    "only one elastic IP left": ("AllocateAddress", 2, ADDRESSES),
    "a type no zone offers": ("RunInstances", 1, unsupported("ap-northeast-1a")),
    "a type the third zone does not offer": ("RunInstances", 3, unsupported("ap-northeast-1d")),
    "iam:PassRole denied": ("AddRoleToInstanceProfile", 1, denied("iam:PassRole")),
    "iam:CreateRole denied": ("CreateRole", 1, denied("iam:CreateRole")),
    "an account that is still verified": ("RunInstances", 1, VERIFYING),
    "the service-linked role denied": ("CreateLoadBalancer", 1, denied("iam:CreateServiceLinkedRole")),
    "ec2:CreateVpc denied": ("CreateVpc", 1, denied("ec2:CreateVpc")),
}
# Second calls of a create, denied by their own name: other creates may be allowed, and the lab is of no use.
SECOND_CALLS = {
    operation: (operation, 1, denied(f"{service}:{operation}"))
    for service, operation in (
        ("elasticloadbalancing", "ModifyLoadBalancerAttributes"), ("iam", "AddRoleToInstanceProfile"),
        ("ec2", "AuthorizeSecurityGroupIngress"), ("ec2", "ModifyVpcAttribute"),
    )
}  # fmt: skip


def usd_per_hour(cloud: FakeAws) -> float:
    """Billed by the hour of what truly exists, at the list prices of the region."""
    standing = cloud.standing()
    there = Counter(one.type for one in standing)
    items = {
        "load_balancer": there["load_balancer"], "nat_gateway": there["nat_gateway"],
        "public_ipv4": there["elastic_ip"], "instance t3.micro": there["instance"],
        "endpoint_zone": sum(len(one.detail["SubnetIds"]) for one in standing if one.type == "endpoint"),
    }  # fmt: skip
    hourly = prices.shipped_prices(AREA.name).hourly
    return sum(hourly[item] * count for item, count in items.items())


@cache
def rejected(name: str, runs: int = 1) -> tuple[Account, Ended]:
    """The account after so many runs that met the rejection, and how the last one ended."""
    operation, number, rejection = (REJECTIONS | SECOND_CALLS)[name]

    async def story() -> tuple[Account, Ended]:
        account, script = Account(lag=1.0, pace=1.0), from_nth(number, rejection, operation)
        for _ in range(runs):
            ended = await account.process(converge, script, of=SPEC)
        return account, ended

    return run(story())


@pytest.mark.parametrize("runs", [1, 2])
@pytest.mark.parametrize("name", [*REJECTIONS, *SECOND_CALLS])
def test_after_a_rejection_little_that_is_billed_remains_and_never_a_nat_gateway(name: str, runs: int) -> None:
    account, ended = rejected(name, runs)
    assert ended.outcome
    assert not ended.ok
    assert (REJECTIONS | SECOND_CALLS)[name][2].code in " ".join(ended.outcome.problems)
    assert usd_per_hour(account.cloud) <= MOST_USD_PER_HOUR
    assert "CreateNatGateway" not in account.writes
    assert "ReleaseAddress" not in account.writes, "what was made is kept for the next run"


@pytest.mark.parametrize("name", ["iam:CreateRole denied", "ec2:CreateVpc denied", "a VPC quota reached at the second"])
def test_where_what_is_free_is_rejected_nothing_billed_is_made(name: str) -> None:
    account, _ = rejected(name)
    assert usd_per_hour(account.cloud) == 0


def test_denied_at_the_first_create_nothing_is_made() -> None:
    account, ended = rejected("ec2:CreateVpc denied")
    assert ended.outcome
    assert ended.outcome.denied
    assert account.cloud.standing() == []
    assert set(account.writes) == {"CreateVpc"}


@pytest.mark.parametrize("name", [name for name, (_, _, one) in REJECTIONS.items() if one.code != "Unsupported"])
async def test_no_create_begins_after_a_rejection_that_concerns_the_whole_account(name: str) -> None:
    operation, number, rejection = REJECTIONS[name]
    inner = from_nth(number, rejection, operation)
    late: list[str] = []
    heard: list[float] = []

    def script(call: Call) -> Rejection | None:
        now = asyncio.get_running_loop().time()
        if heard and now > heard[0] and call.operation.startswith(("Create", "Allocate", "Run")):
            late.append(call.operation)
        found = inner(call)
        if found and not heard:
            heard.append(now + LATENCY)
        return found

    ended = await Account(lag=1.0, pace=0.05).process(converge, script, of=SPEC)
    assert heard
    assert not late
    assert ended.outcome
    assert any("nothing more is created" in problem for problem in ended.outcome.problems)


def test_the_next_run_goes_on_from_there() -> None:
    async def story() -> Ended:
        account = Account()
        await account.process(converge, from_nth(1, ADDRESSES, "AllocateAddress"), of=SPEC)
        return await account.process(converge, of=SPEC)

    assert run(story()).ok


def test_the_order_makes_no_create_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """At AWS's own times the chain by the load balancer is the longest, where nothing waits for more than before."""

    def seconds() -> float:
        async def story() -> float:
            account, loop = Account(lag=0.0, pace=1.0), asyncio.get_running_loop()
            begun = loop.time()
            assert (await account.process(converge, of=SPEC)).ok
            return loop.time() - begun

        return run(story())

    ordered = seconds()
    monkeypatch.setattr(topology, "billed_last", lambda desired, _: desired)
    assert ordered <= seconds() + 4 * LATENCY


def test_the_order_of_the_shipped_specs_has_an_end() -> None:
    """No resource awaits a milestone that it is needed for."""
    for spec in sorted(path.stem for path in SPECS.glob("*.yaml")):
        assert make_plan(wants_of(spec), (), TRAITS).steps
