"""Reads of a region before a lab is planned for it."""

from collections.abc import Mapping
from typing import Any

import pytest

from pltui import topology
from pltui.aws.client import Aws, Target
from pltui.aws.transport import ErrorAnswer
from pltui.engine.errors import ExpiredError
from pltui.engine.model import Observed
from pltui.resources.base import AwsContext
from pltui.resources.registry import AwsCloud
from pltui.resources.survey import Survey
from pltui.spec import parse
from pltui.spec.model import Spec

ZONES = {"us-east-1a": "use1-az6", "us-east-1b": "use1-az1", "us-east-1e": "use1-az3"}
OFFERINGS, SERVICES = "DescribeInstanceTypeOfferings", "DescribeVpcEndpointServices"
SSM = ("com.amazonaws.us-east-1.ssm", "com.amazonaws.us-east-1.ssmmessages")


def lab(servers: str = "t3.micro", zones: int = 2, access: str = "nat") -> Spec:
    sides = f"vpc: {{zones: {zones}}}"
    return parse(
        f"version: 1\nname: lab\nprovider: {{{sides}, servers: {{instance_type: {servers}}}}}\n"
        f"consumers: {{shop: {{{sides}, client: {{access: {access}}}}}}}\n"
    )


class RegionWire:
    """Answers what a survey reads; `refuses` with this error code to be asked for offerings."""

    def __init__(self, subnets: Mapping[str, str] | None = None, refuses: str = "") -> None:
        self.subnets, self.refuses = subnets or {}, refuses
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def send(
        self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0
    ) -> dict[str, Any]:
        self.asked.append((operation, dict(parameters)))
        if operation == "DescribeAvailabilityZones":
            return {"AvailabilityZones": [{"ZoneName": name, "ZoneId": id_} for name, id_ in ZONES.items()]}
        if operation == "DescribeSubnets":
            return {"Subnets": [self._subnet(*each) for each in self.subnets.items()]}
        if operation == SERVICES and not self.refuses:
            return {"ServiceDetails": [{"ServiceName": name, "AvailabilityZones": ["us-east-1a"]} for name in SSM]}
        assert operation in (OFFERINGS, SERVICES)
        if self.refuses:
            raise ErrorAnswer({"Error": {"Code": self.refuses, "Message": "no"}})
        (types,) = (each["Values"] for each in parameters["Filters"] if each["Name"] == "instance-type")
        pairs = [(each, id_) for each in types for id_ in ZONES.values() if id_ != "use1-az3" and each != "t9.micro"]
        return {"InstanceTypeOfferings": [{"InstanceType": each, "Location": id_} for each, id_ in pairs]}

    async def prepare(self, *services: str) -> None: ...

    @staticmethod
    def _subnet(address: str, zone: str) -> dict[str, Any]:
        tags = {"pltui:lab": "lab", "pltui:address": address}
        return {"AvailabilityZone": zone, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def offerings(self) -> list[dict[str, Any]]:
        return [parameters for operation, parameters in self.asked if operation == OFFERINGS]


def there(zones: str) -> dict[str, str]:
    """Both sides' private subnets, in the zones of these letters."""
    return {
        f"{side}/private-subnet-{n}": f"us-east-1{letter}"
        for side in ("provider", "shop")
        for n, letter in enumerate(zones, 1)
    }


async def surveyed(wire: RegionWire, spec: Spec) -> Survey:
    aws = Aws(Target("us-east-1"), wire=wire)
    survey = Survey(aws)
    await survey.read(AwsCloud(AwsContext("lab", aws)), spec)
    return survey


async def test_offerings_are_read_once_and_by_zone_id_where_subnets_have_no_zones_yet() -> None:
    wire = RegionWire()
    region = (await surveyed(wire, lab("m7i.large"))).region()
    filters = [{"Name": "instance-type", "Values": ["m7i.large", "t3.micro"]}]
    assert wire.offerings() == [{"LocationType": "availability-zone-id", "Filters": filters}]
    assert region.offerings == dict.fromkeys(("m7i.large", "t3.micro"), frozenset({"use1-az6", "use1-az1"}))
    chosen = topology.choose_zones(lab("m7i.large"), region)["provider"]
    assert [zone.name for zone in chosen] == ["us-east-1a", "us-east-1b"]


async def test_zones_of_the_services_are_read_once_where_clients_have_endpoints_of_them() -> None:
    wire = RegionWire()
    survey = await surveyed(wire, lab())
    assert SERVICES not in [operation for operation, _ in wire.asked]
    assert await survey.read_offerings(lab(access="endpoints"))
    assert not await survey.read_offerings(lab(access="endpoints"))
    assert [parameters for operation, parameters in wire.asked if operation == SERVICES] == [{"ServiceNames": [*SSM]}]
    assert survey.region().services == dict.fromkeys(SSM, frozenset({"us-east-1a"}))
    assert len(wire.offerings()) == 1


async def test_where_services_may_not_be_read_zones_are_chosen_without() -> None:
    survey = await surveyed(RegionWire(refuses="UnauthorizedOperation"), lab(access="endpoints"))
    assert survey.region().services == dict.fromkeys(SSM)
    assert topology.choose_zones(lab(access="endpoints"), survey.region())


async def test_a_lab_whose_subnets_are_all_there_costs_no_read_more() -> None:
    wire = RegionWire(there("be"))
    survey = await surveyed(wire, lab())
    assert sorted(operation for operation, _ in wire.asked) == ["DescribeAvailabilityZones", "DescribeSubnets"]
    chosen = topology.choose_zones(lab(), survey.region())["provider"]
    assert [zone.id for zone in chosen] == ["use1-az1", "use1-az3"]


async def test_a_spec_that_changes_to_other_types_is_read_for_again_only_where_it_grows() -> None:
    wire = RegionWire(there("ab"))
    survey = await surveyed(wire, lab())
    assert not await survey.read_offerings(lab("t3.nano"))
    assert await survey.read_offerings(lab("t3.nano", zones=3))
    assert not await survey.read_offerings(lab("t3.nano", zones=3))
    observed = [
        Observed(f"{side}/private-subnet-3", "subnet", "", {"zone": "us-east-1e"}) for side in ("provider", "shop")
    ]
    assert not await survey.read_offerings(lab("t3.small", zones=3), observed)
    assert len(wire.offerings()) == 1


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InvalidAction"])
async def test_where_offerings_may_not_be_read_zones_are_chosen_without(code: str) -> None:
    wire = RegionWire(refuses=code)
    survey = await surveyed(wire, lab(zones=3))
    assert [zone.name for zone in topology.choose_zones(lab(zones=3), survey.region())["provider"]] == list(ZONES)
    assert not await survey.read_offerings(lab(zones=3))
    assert len(wire.offerings()) == 1


async def test_credentials_that_have_expired_are_no_lack_of_permission() -> None:
    with pytest.raises(ExpiredError):
        await surveyed(RegionWire(refuses="ExpiredToken"), lab())


async def test_a_type_that_no_zone_offers_is_named() -> None:
    region = (await surveyed(RegionWire(), lab("t9.micro"))).region()
    with pytest.raises(topology.ZoneError, match=r"no zone of us-east-1 offers t9\.micro"):
        topology.choose_zones(lab("t9.micro"), region)
