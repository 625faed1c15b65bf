"""Availability zones: their ids are everybody's, their names each account's own."""

import pytest

from tests.sandbox.api.conftest import REGION

ACCOUNTS = ("222222222222", "333333333333")


def zones(account, **more):
    found = account.ec2.describe_availability_zones(**more)["AvailabilityZones"]
    return {zone["ZoneName"]: zone["ZoneId"] for zone in found}


@pytest.fixture(params=ACCOUNTS)
def other(aws, request):
    return aws.other_account(request.param)


@pytest.mark.fidelity("Accounts have the same zone ids under different names", source="EC2 user guide, AZ IDs")
def test_accounts_name_the_same_zones_differently(aws, other):
    ours, theirs = zones(aws), zones(other)
    assert ours.keys() == theirs.keys()
    assert set(ours.values()) == set(theirs.values())
    assert all(ours[name] != theirs[name] for name in ours)
    assert theirs == zones(other)


def test_the_default_account_has_the_names_it_always_had(aws):
    assert zones(aws) == {f"{REGION}a": "apne1-az4", f"{REGION}c": "apne1-az1", f"{REGION}d": "apne1-az2"}


@pytest.mark.fidelity(
    "Zones are found by name, by id, and by filters of both", source="EC2 API reference, DescribeAvailabilityZones"
)
def test_zones_are_found_by_either(other):
    known = zones(other)
    for name, zone_id in known.items():
        one = {name: zone_id}
        assert zones(other, ZoneNames=[name]) == one
        assert zones(other, ZoneIds=[zone_id]) == one
        assert zones(other, Filters=[{"Name": "zone-name", "Values": [name]}]) == one
        assert zones(other, Filters=[{"Name": "zone-id", "Values": [zone_id]}]) == one
    everywhere = [{"Name": "opt-in-status", "Values": ["opt-in-not-required"]}]
    assert zones(other, Filters=everywhere) == known


@pytest.mark.fidelity(
    "An unknown zone in DescribeAvailabilityZones: InvalidParameterValue", source="EC2 API reference, error codes"
)
def test_an_unknown_zone_is_refused(aws, refused):
    describe = aws.ec2.describe_availability_zones
    assert refused(describe, ZoneNames=[f"{REGION}z"]) == "InvalidParameterValue"
    assert refused(describe, ZoneIds=["apne1-az9"]) == "InvalidParameterValue"


@pytest.mark.fidelity(
    "A subnet made by its zone's name or id tells both, as its account has them",
    source="EC2 API reference, CreateSubnet",
)
def test_a_subnet_tells_its_zones_name_and_id(other):
    vpc = other.vpc()
    for third, (name, zone_id) in enumerate(zones(other).items()):
        by_name = {"AvailabilityZone": name, "CidrBlock": f"10.0.{third}.0/24"}
        by_id = {"AvailabilityZoneId": zone_id, "CidrBlock": f"10.0.1{third}.0/24"}
        for asked in (by_name, by_id):
            made = other.ec2.create_subnet(VpcId=vpc, **asked)["Subnet"]
            assert (made["AvailabilityZone"], made["AvailabilityZoneId"]) == (name, zone_id)
        in_vpc = {"Name": "vpc-id", "Values": [vpc]}
        for filter_name, value in (("availability-zone", name), ("availability-zone-id", zone_id)):
            found = other.ec2.describe_subnets(Filters=[in_vpc, {"Name": filter_name, "Values": [value]}])["Subnets"]
            assert len(found) == 2


@pytest.mark.fidelity(
    "A subnet in a zone that is not there: InvalidParameterValue", source="EC2 API reference, error codes; message seen"
)
def test_a_subnet_needs_a_zone_of_the_region(aws, refused):
    vpc = aws.vpc()
    for zone in ({"AvailabilityZone": "us-east-1a"}, {"AvailabilityZoneId": "use1-az1"}):
        code = refused(aws.ec2.create_subnet, VpcId=vpc, CidrBlock="10.0.0.0/24", **zone)
        assert code == "InvalidParameterValue"


@pytest.mark.fidelity("A load balancer's zones are told by the names of its account", source="EC2 user guide, AZ IDs")
def test_a_load_balancers_zones_have_its_accounts_names(other):
    vpc = other.vpc()
    subnet = other.subnet(vpc, 0, "c")
    arn = other.balancer(subnet)
    (seen,) = other.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    assert [(zone["ZoneName"], zone["SubnetId"]) for zone in seen["AvailabilityZones"]] == [(f"{REGION}c", subnet)]
    service = other.service(arn)["ServiceId"]
    (told,) = other.ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[service])["ServiceConfigurations"]
    assert told["AvailabilityZones"] == [f"{REGION}c"]
    assert told["AvailabilityZoneIds"] == [zones(other)[f"{REGION}c"]]
