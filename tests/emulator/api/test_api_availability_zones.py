"""Availability zones: their ids are everybody's, their names each account's own."""

import pytest
from botocore.exceptions import ClientError

from tests.emulator.api.conftest import AMI, REGION

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
    "A subnet created by its zone's name or id shows both, as in its account",
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


@pytest.mark.fidelity("A load balancer's zones have the names of its account", source="EC2 user guide, AZ IDs")
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


ZONE_IDS = {
    "us-east-1": {f"use1-az{n}" for n in range(1, 7)},
    "us-west-1": {"usw1-az1", "usw1-az3"},
    "us-west-2": {f"usw2-az{n}" for n in range(1, 5)},
    "ap-northeast-1": {"apne1-az1", "apne1-az2", "apne1-az4"},
    "eu-west-1": {f"euw1-az{n}" for n in range(1, 4)},
    "us-gov-west-1": {f"usgw1-az{n}" for n in range(1, 4)},
}


@pytest.mark.fidelity(
    "Each region has zones of its own: six in us-east-1, two of three in us-west-1 and three of four in ap-northeast-1",
    source="AWS Regions and Availability Zones guide: zone ids, constrained zones",
)
@pytest.mark.parametrize("region", ZONE_IDS)
def test_the_zones_of_a_region(aws, region):
    zones = aws.client("ec2", region).describe_availability_zones()["AvailabilityZones"]
    assert {zone["ZoneId"] for zone in zones} == ZONE_IDS[region]


@pytest.mark.fidelity(
    "Beijing has three zones, and an account two or three of them",
    source="seen: aws-parallelcluster and eksctl leave cnn1-az4 out",
    differs="every account has cnn1-az1 and cnn1-az2",
)
def test_the_zones_of_beijing(aws):
    zones = aws.client("ec2", "cn-north-1").describe_availability_zones()["AvailabilityZones"]
    assert {zone["ZoneId"] for zone in zones} == {"cnn1-az1", "cnn1-az2"}


@pytest.mark.fidelity(
    "Old accounts still have zones that newer ones are not given, and load balancers cannot be in some of these",
    source="seen: copilot-cli#1298 (apne1-az3), mastodon-on-aws#13 (us-west-1), with code and wording",
)
@pytest.mark.parametrize(
    ("region", "zone_id", "count"), [("ap-northeast-1", "apne1-az3", 4), ("us-west-1", "usw1-az2", 3)]
)
def test_a_zone_without_load_balancers(aws, region, zone_id, count):
    old = aws.other_account("012345678901")
    ec2, elbv2 = old.client("ec2", region), old.client("elbv2", region)
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert len(zones) == count
    (zone,) = (each for each in zones if each["ZoneId"] == zone_id)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZoneId=zone_id)["Subnet"]
    assert subnet["AvailabilityZone"] == zone["ZoneName"]
    with pytest.raises(ClientError) as caught:
        elbv2.create_load_balancer(Name="nlb", Type="network", Scheme="internal", Subnets=[subnet["SubnetId"]])
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"].startswith(
        f"The following Availability Zones {zone['ZoneName']} cannot be associated with a load balancer."
    )


def offerings(ec2, kind, *types, **more):
    filters = [{"Name": "instance-type", "Values": list(types)}]
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(LocationType=kind, Filters=filters, **more)
    return [row for page in pages for row in page["InstanceTypeOfferings"]]


@pytest.mark.fidelity(
    "Instance types are offered by zone: t3 is not in use1-az3",
    source="seen: answers of DescribeInstanceTypeOfferings; ned1313/Getting-Started-Terraform#44",
)
def test_which_zones_offer_a_type(aws):
    ec2 = aws.client("ec2", "us-east-1")
    by_id = offerings(ec2, "availability-zone-id", "t3.micro", "t3a.micro")
    assert {row["Location"] for row in by_id if row["InstanceType"] == "t3.micro"} == ZONE_IDS["us-east-1"] - {
        "use1-az3"
    }
    names = {zone["ZoneId"]: zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    by_name = offerings(ec2, "availability-zone", "t3.micro", "t3a.micro")
    assert [(row["InstanceType"], row["Location"]) for row in by_name] == [
        (row["InstanceType"], names[row["Location"]]) for row in by_id
    ]
    assert offerings(ec2, "region", "t3.micro") == [
        {"InstanceType": "t3.micro", "LocationType": "region", "Location": "us-east-1"}
    ]
    assert offerings(ec2, "region", "t3.gigantic") == []


def test_offerings_come_in_pages_and_by_wildcards(aws):
    ec2 = aws.client("ec2", "us-east-1")
    everything = offerings(ec2, "availability-zone", "t3*.micro")
    assert {row["InstanceType"] for row in everything} == {"t3.micro", "t3a.micro"}
    page = ec2.describe_instance_type_offerings(
        LocationType="availability-zone", MaxResults=5, Filters=[{"Name": "instance-type", "Values": ["t3*.micro"]}]
    )
    assert (len(page["InstanceTypeOfferings"]), "NextToken" in page) == (5, True)
    assert offerings(ec2, "availability-zone", "t3*.micro", PaginationConfig={"PageSize": 5}) == everything


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_china_and_govcloud_offer_t3(aws, region):
    ec2 = aws.client("ec2", region)
    zones = {zone["ZoneId"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    assert {row["Location"] for row in offerings(ec2, "availability-zone-id", "t3.micro")} == zones


@pytest.mark.fidelity(
    "RunInstances in a zone that does not offer the type is Unsupported, and names the zones that do",
    source="seen: ned1313/Getting-Started-Terraform#44",
)
def test_a_type_that_the_zone_does_not_offer(aws):
    ec2 = aws.client("ec2", "us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZoneId="use1-az3")["Subnet"]
    call = {"ImageId": AMI, "MinCount": 1, "MaxCount": 1, "SubnetId": subnet["SubnetId"]}
    with pytest.raises(ClientError) as caught:
        ec2.run_instances(InstanceType="t3.micro", **call)
    assert caught.value.response["Error"] == {
        "Code": "Unsupported",
        "Message": "Your requested instance type (t3.micro) is not supported in your requested Availability Zone"
        " (us-east-1e). Please retry your request by not specifying an Availability Zone or choosing us-east-1a,"
        " us-east-1b, us-east-1c, us-east-1d, us-east-1f.",
    }
    ec2.run_instances(InstanceType="t2.micro", **call)
