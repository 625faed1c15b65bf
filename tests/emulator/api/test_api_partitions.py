"""China and GovCloud: ARNs, DNS suffixes and names of services of their own."""

import itertools
import json

import pytest

from tests.emulator.api.conftest import AMI, TRUST

PARTITIONS = {
    "ap-northeast-1": ("aws", "amazonaws.com", "com.amazonaws.vpce"),
    "us-gov-west-1": ("aws-us-gov", "amazonaws.com", "com.amazonaws.vpce"),
    "cn-north-1": ("aws-cn", "amazonaws.com.cn", "cn.com.amazonaws.vpce"),
    "cn-northwest-1": ("aws-cn", "amazonaws.com.cn", "cn.com.amazonaws.vpce"),
}
ABROAD = [region for region in PARTITIONS if region != "ap-northeast-1"]
_numbers = itertools.count(1)


class Place:
    """A VPC with one subnet in a region, and clients for that region."""

    def __init__(self, aws, region):
        self.region = region
        self.partition, self.suffix, self.service_prefix = PARTITIONS[region]
        for name in ("ec2", "elbv2", "iam", "route53", "ssm", "sts"):
            setattr(self, name, aws.client(name, region))
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.0.0/24")["Subnet"]
        self.name = f"abroad-{next(_numbers)}"


@pytest.fixture
def place(aws, region):
    return Place(aws, region)


def arns(value):
    """All ARNs in an answer."""
    if isinstance(value, dict):
        return [arn for each in value.values() for arn in arns(each)]
    if isinstance(value, list):
        return [arn for each in value for arn in arns(each)]
    return [value] if isinstance(value, str) and value.startswith("arn:") else []


@pytest.mark.fidelity(
    "ARNs name the partition of their region: aws-cn in China, aws-us-gov in GovCloud",
    source="IAM user guide, ARNs; botocore's partitions.json",
)
@pytest.mark.parametrize("region", PARTITIONS)
def test_arns_name_the_partition(aws, place):
    group = place.elbv2.create_target_group(Name=place.name, Protocol="TCP", Port=80, VpcId=place.vpc)
    balancer = place.elbv2.create_load_balancer(
        Name=place.name, Type="network", Scheme="internal", Subnets=[place.subnet["SubnetId"]]
    )
    listener = place.elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="TCP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}],
    )
    place.iam.create_role(RoleName=place.name, AssumeRolePolicyDocument=json.dumps(TRUST))
    place.iam.create_instance_profile(InstanceProfileName=place.name)
    place.iam.add_role_to_instance_profile(InstanceProfileName=place.name, RoleName=place.name)
    machine = place.ec2.run_instances(
        ImageId=AMI,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=place.subnet["SubnetId"],
        IamInstanceProfile={"Name": place.name},
    )
    answers = [
        group,
        balancer,
        listener,
        machine,
        place.subnet,
        place.ec2.describe_security_groups(),
        place.ec2.describe_instances(InstanceIds=[machine["Instances"][0]["InstanceId"]]),
        place.iam.get_role(RoleName=place.name),
        place.iam.get_instance_profile(InstanceProfileName=place.name),
        place.sts.get_caller_identity(),
        place.ssm.get_parameter(Name=AMI.removeprefix("resolve:ssm:")),
    ]
    found = arns(answers)
    assert len(found) > 10
    assert {arn.split(":")[1] for arn in found} == {place.partition}


@pytest.mark.fidelity(
    "Policies of AWS's own have the partition in their ARN: arn:aws-cn:iam::aws:policy/…",
    source="IAM user guide, ARNs",
)
@pytest.mark.parametrize("region", ABROAD)
def test_managed_policies_are_the_partitions_own(place, refused):
    place.iam.create_role(RoleName=place.name, AssumeRolePolicyDocument=json.dumps(TRUST))
    attach = place.iam.attach_role_policy
    commercial = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    assert refused(attach, RoleName=place.name, PolicyArn=commercial) == "NoSuchEntity"
    own = f"arn:{place.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
    attach(RoleName=place.name, PolicyArn=own)
    assert place.iam.list_attached_role_policies(RoleName=place.name)["AttachedPolicies"][0]["PolicyArn"] == own


@pytest.mark.fidelity(
    "An endpoint service's name begins with the DNS suffix reversed: cn.com.amazonaws.vpce.cn-north-1.vpce-svc-…",
    source="aws-cdk-lib region-info, VPC_ENDPOINT_SERVICE_NAME_PREFIX; seen: aws-cdk#14721",
)
@pytest.mark.fidelity(
    "Names of load balancers and endpoints end with the partition's DNS suffix",
    source="botocore's partitions.json; seen: vpce-….vpce-svc-….cn-northwest-1.vpce.amazonaws.com.cn",
)
@pytest.mark.parametrize("region", PARTITIONS)
def test_names_of_services_and_endpoints(aws, place):
    (balancer,) = place.elbv2.create_load_balancer(
        Name=place.name, Type="network", Scheme="internal", Subnets=[place.subnet["SubnetId"]]
    )["LoadBalancers"]
    assert balancer["DNSName"].endswith(f".elb.{place.region}.{place.suffix}")
    aws.wait(180)
    service = place.ec2.create_vpc_endpoint_service_configuration(
        NetworkLoadBalancerArns=[balancer["LoadBalancerArn"]], AcceptanceRequired=False
    )["ServiceConfiguration"]
    assert service["ServiceName"] == f"{place.service_prefix}.{place.region}.{service['ServiceId']}"
    domain = f"{service['ServiceId']}.{place.region}.vpce.{place.suffix}"
    assert service["BaseEndpointDnsNames"] == [domain]
    aws.wait(15)
    endpoint = place.ec2.create_vpc_endpoint(
        VpcId=place.vpc,
        ServiceName=service["ServiceName"],
        VpcEndpointType="Interface",
        SubnetIds=[place.subnet["SubnetId"]],
    )["VpcEndpoint"]
    assert all(entry["DnsName"].endswith(f".{domain}") for entry in endpoint["DnsEntries"])
    aws.wait(120)
    (seen,) = place.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["VpcEndpoints"]
    assert seen["State"] == "available"


@pytest.mark.fidelity(
    "Endpoints of ssm and ssmmessages begin with com.amazonaws in China too; their private names end with .cn",
    source="seen: names asked for in cn-north-1; aws-cdk-lib's list of services that begin with cn.com.amazonaws",
)
@pytest.mark.parametrize("region", ABROAD)
def test_systems_managers_endpoints(place):
    for flag in ("EnableDnsSupport", "EnableDnsHostnames"):
        place.ec2.modify_vpc_attribute(VpcId=place.vpc, **{flag: {"Value": True}})
    for name in ("ssm", "ssmmessages"):
        full = f"com.amazonaws.{place.region}.{name}"
        (offered,) = place.ec2.describe_vpc_endpoint_services(ServiceNames=[full])["ServiceDetails"]
        assert place.subnet["AvailabilityZone"] in offered["AvailabilityZones"]
        endpoint = place.ec2.create_vpc_endpoint(
            VpcId=place.vpc,
            ServiceName=full,
            VpcEndpointType="Interface",
            SubnetIds=[place.subnet["SubnetId"]],
            PrivateDnsEnabled=True,
        )["VpcEndpoint"]
        assert endpoint["DnsEntries"][-1]["DnsName"] == f"{name}.{place.region}.{place.suffix}"


@pytest.mark.fidelity(
    "Hosted zones of load balancers and endpoints, for alias records, are the region's own",
    source="AWS General Reference, Elastic Load Balancing endpoints; external-dns, canonicalHostedZones",
    differs="the zones of endpoints in China are not published: a made-up id, Z00000000SANDBOX, stands for them",
)
@pytest.mark.parametrize(("region", "expected"), [("us-gov-west-1", "ZMG1MZ2THAWF1"), ("cn-north-1", "Z3QFB96KMJ7ED6")])
def test_an_alias_of_a_load_balancer_takes_the_regions_zone(place, expected, refused):
    (balancer,) = place.elbv2.create_load_balancer(
        Name=place.name, Type="network", Scheme="internal", Subnets=[place.subnet["SubnetId"]]
    )["LoadBalancers"]
    assert balancer["CanonicalHostedZoneId"] == expected
    zone = place.route53.create_hosted_zone(
        Name="abroad.example", CallerReference=place.name, VPC={"VPCId": place.vpc, "VPCRegion": place.region}
    )["HostedZone"]["Id"]

    def change(zone_id):
        alias = {"HostedZoneId": zone_id, "DNSName": balancer["DNSName"], "EvaluateTargetHealth": False}
        record = {"Name": "web.abroad.example", "Type": "A", "AliasTarget": alias}
        return {"HostedZoneId": zone, "ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}}

    assert refused(place.route53.change_resource_record_sets, **change("Z31USIVHYNEOWT")) == "InvalidChangeBatch"
    place.route53.change_resource_record_sets(**change(expected))
