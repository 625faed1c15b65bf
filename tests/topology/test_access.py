"""How clients reach Session Manager: what is created for it, what is missing, and what each way is billed for."""

import asyncio

import pytest

from pltui import topology
from pltui.aws.settings import Settings
from pltui.engine.model import AnyOf, Desired, Ref
from pltui.errors import LabError
from pltui.lab.session import Lab
from pltui.spec import parse
from pltui.spec.model import Spec
from tests.fakecloud.labs import AREA, REGION


def spec(consumer: str) -> Spec:
    return parse(f"version: 1\nname: lab\nprovider: {{}}\nconsumers: {{shop: {{{consumer}}}}}\n")


def all_desired(consumer: str) -> dict[str, Desired]:
    return {desired.address: desired for desired in topology.all_desired(spec(consumer), AREA)}


def test_endpoints_admit_https_from_the_clients_subnet_alone_and_answer_for_the_services_names() -> None:
    made = all_desired("client: {access: endpoints, subnet: 2}")
    assert made["shop/access-security-group"].spec["ingress"] == frozenset({"tcp/443 from 10.0.144.0/20"})
    for service in ("ssm", "ssmmessages"):
        endpoint = made[f"shop/{service}-endpoint"].spec
        assert endpoint["service"] == f"com.amazonaws.{REGION}.{service}"
        assert endpoint["private_dns"] is True
        assert endpoint["subnets"] == frozenset({Ref("shop/private-subnet-2")})
        assert endpoint["groups"] == frozenset({Ref("shop/access-security-group")})


def test_by_nat_there_are_none() -> None:
    assert not [address for address in all_desired("") if "ssm" in address or "access" in address]


@pytest.mark.parametrize(
    ("consumer", "needs"),
    [
        ("client: {subnet: 2}",
         {"shop/private-route-table-1/0.0.0.0/0", "shop/private-subnet-2/route-table",
          "shop/public-route-table/0.0.0.0/0", "shop/public-subnet-1/route-table"}),
        ("vpc: {nat: per_zone}, client: {subnet: 2}",
         {"shop/private-route-table-2/0.0.0.0/0", "shop/private-subnet-2/route-table",
          "shop/public-route-table/0.0.0.0/0", "shop/public-subnet-2/route-table"}),
        ("vpc: {nat: none}", set()),
        ("client: {access: endpoints}",
         {"shop/ssm-endpoint", "shop/ssmmessages-endpoint", "shop/access-security-group"}),
    ],
)  # fmt: skip
def test_a_client_waits_for_its_way_out_and_its_policy(consumer: str, needs: set[str]) -> None:
    client = all_desired(consumer)["shop/client"]
    assert (
        set(client.after)
        == set(client.works_with)
        == {"shop/role/AmazonSSMManagedInstanceCore", "shop/instance-profile", *needs}
    )


@pytest.mark.parametrize(
    ("consumer", "subnets"),
    [
        ("", AnyOf(Ref(f"shop/private-subnet-{n}") for n in (1, 2, 3))),
        ("client: {subnet: 3}", Ref("shop/private-subnet-3")),
        ("endpoint: {ingress: [10.0.128.0/20]}", Ref("shop/private-subnet-1")),
    ],
    ids=["open", "named", "an endpoint that admits certain addresses"],
)
def test_a_client_may_be_in_any_private_subnet_that_the_spec_leaves_open(consumer: str, subnets: object) -> None:
    assert all_desired(consumer)["shop/client"].spec["subnet"] == subnets


@pytest.mark.parametrize(
    ("consumer", "named"),
    [
        ("vpc: {nat: none}", True),
        ("", False),
        ("vpc: {nat: none}, client: {access: endpoints}", False),
        ("client: {access: endpoints}", False),
    ],
)
def test_a_client_that_nothing_leads_to_is_named(consumer: str, named: bool) -> None:
    assert topology.access_problem(spec(consumer)).startswith("consumers.shop: ") is named


@pytest.mark.parametrize("command", ["plan", "reconcile"])
def test_on_aws_such_a_lab_is_rejected_before_any_call(command: str) -> None:
    lab = Lab("lab.yaml", spec("vpc: {nat: none}"), Settings(target="aws", region=REGION))
    with pytest.raises(LabError, match="cannot reach Session Manager") as rejected:
        asyncio.run(getattr(lab, command)())
    assert rejected.value.code == 2
    assert "client.access: endpoints" in rejected.value.hint


def test_on_the_sandbox_it_is_a_warning() -> None:
    lab = Lab("lab.yaml", spec("vpc: {nat: none}"), Settings(region=REGION))
    assert [str(notice) for notice in lab.notices] == [topology.access_problem(lab.spec)]


@pytest.mark.parametrize(("nat", "gateways"), [("single", 1), ("none", 1), ("per_zone", 3)])
def test_each_way_is_billed_for_what_it_adds(nat: str, gateways: int) -> None:
    assert topology.access_items(spec(f"vpc: {{nat: {nat}}}")) == {
        "nat": {"nat_gateway": gateways, "public_ipv4": gateways},
        "endpoints": {"endpoint_zone": 2},
    }
