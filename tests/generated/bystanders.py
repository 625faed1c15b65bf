"""What others have in the same account and region, as like to a lab as can be."""

import asyncio

from pltui.topology import Partition, instance_trust
from tests.fakeaws.fake import FakeAws

SHOWS = 10.0  # seconds after which what was made shows everywhere


async def make_bystanders(cloud: FakeAws) -> None:
    """A VPC of the same CIDR with groups, a load balancer and a private zone of the same names, made by hand."""

    async def ec2(operation: str, **parameters: object) -> dict[str, object]:
        answer = await cloud.hand("ec2", operation, **parameters)
        await asyncio.sleep(SHOWS)
        return answer

    vpc = (await ec2("CreateVpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]  # type: ignore[index]
    zone = "ap-northeast-1a"
    subnet = await ec2("CreateSubnet", VpcId=vpc, CidrBlock="10.0.128.0/20", AvailabilityZone=zone)
    await ec2("CreateSecurityGroup", GroupName="provider-service-sg", Description="by hand", VpcId=vpc)
    await ec2("AllocateAddress", Domain="vpc")
    await cloud.hand(
        "elbv2", "CreateLoadBalancer", Name="provider-nlb", Type="network", Scheme="internal",
        Subnets=[subnet["Subnet"]["SubnetId"]],  # type: ignore[index]
    )  # fmt: skip
    await cloud.hand("elbv2", "CreateTargetGroup", Name="small-by-hand", Protocol="TCP", Port=80, VpcId=vpc)
    await cloud.hand(
        "route53", "CreateHostedZone", Name="example.local", CallerReference="by hand",
        VPC={"VPCRegion": "ap-northeast-1", "VPCId": vpc}, HostedZoneConfig={"PrivateZone": True},
    )  # fmt: skip
    await cloud.hand("iam", "CreateRole", RoleName="by-hand", AssumeRolePolicyDocument=instance_trust(Partition()))
