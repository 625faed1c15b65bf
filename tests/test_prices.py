"""What a lab costs: counted by what is billed, at prices with a date, and never guessed."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pltui import spec, topology
from pltui.aws import pricing
from pltui.aws.client import Aws, Target
from pltui.aws.pricing import Product
from pltui.aws.settings import Settings
from pltui.aws.transport import ErrorAnswer
from pltui.cost import estimate, money, prices
from pltui.engine.errors import CloudError
from pltui.engine.model import Desired, Observed, State
from pltui.lab.session import Lab
from tests.fakecloud.labs import AREA

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
PRIVATELINK = "specs/privatelink.yaml"


def all_desired(*overrides: str) -> tuple[Desired, ...]:
    return topology.all_desired(spec.load(PRIVATELINK, overrides), AREA)


def observed(kind: str, created: str = "", state: State = State.READY, **fields: Any) -> Observed:
    return Observed(f"provider/{kind}", kind, f"{kind}-1", fields, state=state, created=created)


# -- the list ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "hourly"),
    # 3 + 1 t3.micro, a load balancer, an endpoint in one zone, two NAT gateways with a public address each
    [("us-east-1", 0.1741), ("ap-northeast-1", 0.2267)],
)
def test_the_lab_of_the_article_costs_about_a_quarter_of_a_dollar_an_hour(region: str, hourly: float) -> None:
    cost = prices.cost(all_desired(), prices.shipped_prices(region))
    assert cost.hourly == pytest.approx(hourly)
    assert cost.monthly == 0.50  # one hosted zone
    assert cost.unknown == ()


@pytest.mark.parametrize(
    ("override", "more"),
    [
        ("provider.servers.count=6", {"instance t3.micro": 3}),
        ("provider.servers.instance_type=t3.small", {"instance t3.micro": -3, "instance t3.small": 3}),
        ("provider.vpc.nat=none", {"nat_gateway": -1, "public_ipv4": -1}),
        ("provider.vpc.nat=per_zone", {"nat_gateway": 2, "public_ipv4": 2}),
        ("consumers.consumer.endpoint.subnets=[1, 2, 3]", {"endpoint_zone": 2}),
        ("provider.load_balancer.cross_zone=false", {}),  # the switch itself is free
    ],
)
def test_each_part_is_counted(override: str, more: Mapping[str, int]) -> None:
    before, after = prices.billed_items(all_desired()), prices.billed_items(all_desired(override))
    assert {item: after[item] - before[item] for item in {*before, *after} if after[item] != before[item]} == more


@pytest.mark.parametrize(
    "free",
    [
        observed("vpc"),
        observed("endpoint_service"),
        observed("instance", running=False, instance_type="t3.micro"),
        observed("nat_gateway", state=State.DELETING),
        replace(observed("load_balancer"), foreign=True),
    ],
    ids=["vpc", "endpoint service", "stopped machine", "on its way out", "another's"],
)
def test_some_things_cost_nothing_by_the_hour(free: Observed) -> None:
    assert prices.cost([free], prices.shipped_prices("us-east-1")).hourly == 0.0


def test_of_a_machine_without_a_price_the_cost_is_said_to_be_unknown_and_is_no_zero() -> None:
    cost = prices.cost(
        all_desired("consumers.consumer.client.instance_type=m7i.large"), prices.shipped_prices("us-east-1")
    )
    assert cost.unknown == ("instance m7i.large",)
    assert cost.hourly == pytest.approx(0.1741 - 0.0104)


def test_of_a_region_without_figures_nothing_is_known() -> None:
    cost = prices.cost(all_desired(), prices.shipped_prices("eu-north-1"))
    assert cost.hourly == 0.0
    assert set(cost.unknown) == {"load_balancer", "endpoint_zone", "nat_gateway", "public_ipv4", "instance t3.micro"}


@pytest.mark.parametrize("file", sorted(Path(prices.__file__).parent.glob("*.toml")), ids=lambda file: file.stem)
def test_every_list_has_a_date_and_all_but_some_machines(file: Path) -> None:
    listed = prices.shipped_prices(file.stem)
    assert datetime.strptime(listed.as_of, "%Y-%m")  # noqa: DTZ007
    assert {"load_balancer", "endpoint_zone", "nat_gateway", "public_ipv4", "instance t3.micro"} <= set(listed.hourly)
    assert all(0 < price < 1 for price in listed.hourly.values())


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
async def test_outside_the_partition_of_the_price_list_no_price_is_known_and_no_request_is_sent(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pltui.aws.pricing.fetch_prices", lambda *_: pytest.fail("it was asked"))
    lab = Lab(PRIVATELINK, spec.load(PRIVATELINK, ()), Settings(target="aws", region=region))
    lab.all_desired = all_desired()
    bill = await lab.bill()
    assert (bill.wanted.hourly, bill.wanted.monthly) == (0.0, 0.0)
    assert {"hosted_zone", "nat_gateway"} <= set(bill.wanted.unknown)
    assert (money.format_rate(bill.wanted), money.price_source(bill)) == (
        "unknown price",
        f"no list prices for {region}",
    )


# -- so far -----------------------------------------------------------------------------------------------------------


def ago(**span: float) -> str:
    return (NOW - timedelta(**span)).isoformat()


@pytest.mark.parametrize(
    ("there", "usd"),
    [
        ([observed("load_balancer", ago(minutes=61))], 2 * 0.0225),  # a started hour is a whole one
        ([observed("nat_gateway", ago(minutes=1))], 0.045),
        ([observed("instance", ago(minutes=30), running=True, instance_type="t3.micro")], 0.0052),  # by the second
        ([observed("endpoint", ago(hours=2), subnets=frozenset({"a", "b"}))], 2 * 2 * 0.01),
        # an address does not tell its age: it is as old as the oldest
        ([observed("elastic_ip"), observed("nat_gateway", ago(hours=4))], 4 * (0.005 + 0.045)),
        ([observed("elastic_ip")], 0.0),
        ([observed("nat_gateway", (NOW + timedelta(minutes=5)).isoformat())], 0.0),  # this clock is behind
        ([], 0.0),
    ],
)
def test_so_far_is_by_the_hours_each_part_has_been_there(there: list[Observed], usd: float) -> None:
    assert prices.bill((), there, prices.shipped_prices("us-east-1"), NOW).so_far == pytest.approx(usd)


def test_alive_since_is_the_oldest_of_what_is_billed() -> None:
    vpc, balancer = observed("vpc", ago(days=9)), observed("load_balancer", ago(hours=2))
    assert prices.bill((), [vpc, balancer], prices.shipped_prices("us-east-1"), NOW).since == NOW - timedelta(hours=2)
    assert prices.bill((), [vpc], prices.shipped_prices("us-east-1"), NOW).since is None


# -- AWS's own list ---------------------------------------------------------------------------------------------------


def offer(usage: str, usd: str, **attributes: str) -> str:
    """As the Price List Query API answers: JSON in a string."""
    dimension = {"unit": "Hrs", "pricePerUnit": {"USD": usd}}
    return json.dumps(
        {
            "product": {"attributes": {"usagetype": usage, **attributes}},
            "terms": {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": dimension}}}},
        }
    )


class PriceWire:
    """Answers GetProducts, in pages of two, by service; or refuses."""

    def __init__(self, offers: Mapping[str, list[str]], refuses: bool = False) -> None:
        self.offers, self.refuses = offers, refuses
        self.asked: list[dict[str, Any]] = []

    async def send(
        self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0
    ) -> dict[str, Any]:
        assert (service, operation) == ("pricing", "GetProducts")
        self.asked.append(dict(parameters))
        if self.refuses:
            raise ErrorAnswer({"Error": {"Code": "AccessDeniedException", "Message": "no"}})
        start = int(parameters.get("NextToken", 0))
        found = self.offers.get(parameters["ServiceCode"], [])
        more = {"NextToken": str(start + 2)} if len(found) > start + 2 else {}
        return {"FormatVersion": "aws_v1", "PriceList": found[start : start + 2], **more}

    async def prepare(self, *services: str) -> None: ...


def asked(wire: PriceWire) -> Aws:
    return Aws(Target(pricing.REGION), wire=wire)


FRANKFURT = {
    "AWSELB": [offer("EUC1-LoadBalancerUsage", "0.027"), offer("EUC1-TS-LoadBalancerUsage", "0.005")],
    "AmazonVPC": [
        offer("EUC1-VpcEndpoint-Service-Hours", "0.05"),
        offer("EUC1-VpcEndpoint-Bytes", "0.01"),
        offer("EUC1-VpcEndpoint-Hours", "0.012"),
        offer("EUC1-PublicIPv4:InUseAddress", "0.005"),
    ],
    "AmazonEC2": [offer("EUC1-RegionalNatGateway-Hours", "9"), offer("EUC1-NatGateway-Hours", "0.052")],
}


def products(*items: str) -> list[Product]:
    return [known for item in items if (known := prices.product(item))]


async def test_a_price_is_found_by_its_exact_usage_type_over_all_pages() -> None:
    wire = PriceWire(FRANKFURT)
    items = ("load_balancer", "endpoint_zone", "nat_gateway", "public_ipv4", "instance m7i.large", "hosted_zone")
    found = await pricing.fetch_prices(asked(wire), "eu-central-1", products(*items))
    assert found == {"load_balancer": 0.027, "endpoint_zone": 0.012, "nat_gateway": 0.052, "public_ipv4": 0.005}
    region = {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-central-1"}
    assert all(region in request["Filters"] for request in wire.asked)


async def test_a_machines_price_is_that_of_plain_linux_on_demand() -> None:
    wire = PriceWire({"AmazonEC2": [offer("EUC1-BoxUsage:t3.micro", "0.012")]})
    assert await pricing.fetch_prices(asked(wire), "eu-central-1", products("instance t3.micro")) == {
        "instance t3.micro": 0.012
    }
    terms = {each["Field"]: each["Value"] for each in wire.asked[0]["Filters"]}
    assert terms == {
        "regionCode": "eu-central-1", "instanceType": "t3.micro", "operatingSystem": "Linux", "tenancy": "Shared",
        "preInstalledSw": "NA", "capacitystatus": "Used",
    }  # fmt: skip


@pytest.mark.parametrize("offers", [[], [offer("BoxUsage:t3.micro", "0.01"), offer("BoxUsage:t3.micro", "0.02")]])
async def test_no_price_or_two_is_no_price(offers: list[str]) -> None:
    assert (
        await pricing.fetch_prices(asked(PriceWire({"AmazonEC2": offers})), "us-east-1", products("instance t3.micro"))
        == {}
    )


async def test_an_answer_that_is_no_price_list_is_an_error_and_no_crash() -> None:
    with pytest.raises(CloudError, match="cannot be read"):
        await pricing.fetch_prices(asked(PriceWire({"AmazonEC2": ["{"]})), "us-east-1", products("instance t3.micro"))


def test_what_is_asked_is_what_botocore_knows() -> None:
    import botocore.session

    operation = botocore.session.Session().get_service_model("pricing").operation_model("GetProducts")
    assert {"ServiceCode", "Filters", "NextToken"} <= set(operation.input_shape.members)
    kinds = operation.input_shape.members["Filters"].member.members
    assert set(kinds) == {"Type", "Field", "Value"}
    assert "TERM_MATCH" in kinds["Type"].enum


# -- the bill ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def frankfurt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Lab, PriceWire]:
    """A lab on AWS where no figures come with pltui, and an account that may ask for them."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path)
    wire = PriceWire({**FRANKFURT, "AmazonEC2": [*FRANKFURT["AmazonEC2"], offer("EUC1-BoxUsage:t3.micro", "0.012")]})
    monkeypatch.setattr("pltui.aws.client.Boto", lambda _: wire)
    lab = Lab(PRIVATELINK, spec.load(PRIVATELINK, ()), Settings(target="aws", region="eu-central-1"))
    lab.all_desired = all_desired()
    return lab, wire


async def test_what_no_list_has_aws_is_asked_for_once_and_it_is_kept_for_a_week(
    frankfurt: tuple[Lab, PriceWire],
) -> None:
    lab, wire = frankfurt
    bill = await lab.bill()
    assert bill.wanted.hourly == pytest.approx(0.027 + 0.012 + 2 * (0.052 + 0.005) + 4 * 0.012)
    assert bill.as_of == datetime.now(UTC).date().isoformat()
    requests = len(wire.asked)
    await lab.bill()
    again = estimate.Billing(lab)
    assert (await again.bill()).wanted == bill.wanted
    assert len(wire.asked) == requests


async def test_who_may_not_ask_is_told_what_has_no_price(frankfurt: tuple[Lab, PriceWire]) -> None:
    lab, wire = frankfurt
    wire.refuses = True
    bill = await lab.bill()
    assert "nat_gateway" in bill.wanted.unknown
    requests = len(wire.asked)
    await lab.bill()
    assert len(wire.asked) == requests


@pytest.mark.parametrize("settings", [Settings(), Settings(target="aws", endpoint_url="http://127.0.0.1:1")])
async def test_the_sandbox_and_emulators_are_never_asked_for_prices(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pltui.aws.pricing.fetch_prices", lambda *_: pytest.fail("it was asked"))
    lab = Lab(PRIVATELINK, spec.load(PRIVATELINK, ()), replace(settings, region="eu-central-1"))
    lab.all_desired = all_desired()
    assert (await lab.bill()).wanted.unknown


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"as_of": "x", "hourly": {}}', '{"as_of": "2020-01-01", "hourly": {}}']
)
async def test_a_cache_that_cannot_be_read_or_is_old_is_asked_for_anew(
    frankfurt: tuple[Lab, PriceWire], text: str, tmp_path: Path
) -> None:
    lab, wire = frankfurt
    file = estimate._cache_file("eu-central-1")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    assert (await lab.bill()).wanted.unknown == ()
    assert wire.asked
