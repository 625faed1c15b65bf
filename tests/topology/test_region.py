"""Names that differ between AWS's partitions."""

import json

import pytest

from pltui import topology
from pltui.aws.partitions import partition_of
from pltui.resources.endpoint import service_id
from pltui.spec import parse
from pltui.topology import Partition, Region
from tests.fakecloud.labs import ZONES

PARTITIONS = [
    ("ap-northeast-1", "aws", "amazonaws.com", "ec2.amazonaws.com"),
    ("us-gov-west-1", "aws-us-gov", "amazonaws.com", "ec2.amazonaws.com"),
    ("cn-north-1", "aws-cn", "amazonaws.com.cn", "ec2.amazonaws.com.cn"),
    ("eusc-de-east-1", "aws-eusc", "amazonaws.eu", "ec2.amazonaws.com"),
    ("us-iso-east-1", "aws-iso", "c2s.ic.gov", "ec2.c2s.ic.gov"),
    ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov", "ec2.sc2s.sgov.gov"),
    ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk", "ec2.amazonaws.com"),
    ("ap-southeast-99", "aws", "amazonaws.com", "ec2.amazonaws.com"),  # newer than botocore
]


@pytest.mark.parametrize(("region", "name", "suffix", "principal"), PARTITIONS)
def test_a_region_is_in_a_partition(region: str, name: str, suffix: str, principal: str) -> None:
    found = partition_of(region)
    assert (found, found.ec2_principal) == (Partition(name, suffix), principal)


@pytest.mark.parametrize(("region", "name", "suffix", "principal"), PARTITIONS)
def test_a_labs_role_trusts_the_partitions_principal_and_has_its_policy(
    region: str, name: str, suffix: str, principal: str
) -> None:
    spec = parse("version: 1\nname: lab\nprovider: {}\nconsumers: {consumer: {}}\n")
    all_desired = {
        desired.address: desired
        for desired in topology.all_desired(spec, Region(region, ZONES, Partition(name, suffix)))
    }
    trust = json.loads(all_desired["consumer/role"].spec["trust"])
    assert [each["Principal"] for each in trust["Statement"]] == [{"Service": principal}]
    policy = all_desired["consumer/role/AmazonSSMManagedInstanceCore"].spec["policy"]
    assert policy == f"arn:{name}:iam::aws:policy/AmazonSSMManagedInstanceCore"


@pytest.mark.parametrize(
    "name",
    [
        "com.amazonaws.vpce.us-east-1.vpce-svc-0a1b2c3d4e5f60718",
        "com.amazonaws.vpce.us-gov-west-1.vpce-svc-0a1b2c3d4e5f60718",
        "cn.com.amazonaws.vpce.cn-north-1.vpce-svc-0a1b2c3d4e5f60718",
        "gov.sgov.sc2s.vpce.us-isob-east-1.vpce-svc-0a1b2c3d4e5f60718",
    ],
)
def test_an_endpoint_services_id_is_found_in_its_name(name: str) -> None:
    assert service_id(name) == "vpce-svc-0a1b2c3d4e5f60718"
