"""What is said to AWS to find out how it behaves: steps of a call each, which may refer to what earlier ones gave.

A parameter `"$vpc"` is what a step kept as `vpc`. Names are the conversation's own, as one sandbox hears all of them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ZONES = tuple(f"ap-northeast-1{letter}" for letter in "acd")
IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
SSM_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


@dataclass(frozen=True)
class Step:
    """`keep` is what of the answer later steps may refer to, as JMESPath; a name alone keeps the id of what is made."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    keep: str | Mapping[str, str] = ""


def _says(service: str) -> Callable[..., Step]:
    def say(operation: str, keep: str | Mapping[str, str] = "", /, **parameters: Any) -> Step:
        return Step(service, operation, parameters, keep)

    return say


ec2, elbv2, iam, route53, ssm = map(_says, ("ec2", "elbv2", "iam", "route53", "ssm"))


def by(**filters: str) -> list[dict[str, Any]]:
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]


def tagged(type_: str, **tags: str) -> list[dict[str, Any]]:
    return [{"ResourceType": type_, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


def vpc(name: str = "vpc", cidr: str = "10.0.0.0/16") -> Step:
    return ec2("CreateVpc", name, CidrBlock=cidr, TagSpecifications=tagged("vpc", Name=name))


def subnet(number: int = 0, name: str = "subnet", vpc: str = "$vpc", zone: int | None = None) -> Step:
    where = ZONES[number % 3 if zone is None else zone]
    return ec2("CreateSubnet", name, VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=where)


def gateway() -> list[Step]:
    return [
        ec2("CreateInternetGateway", "igw"),
        ec2("AttachInternetGateway", InternetGatewayId="$igw", VpcId="$vpc"),
    ]


def instance(name: str = "instance", subnet: str = "$subnet", **more: Any) -> Step:
    return ec2(
        "RunInstances", name, ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet, **more
    )


def balancer(name: str, *subnets: str, keep: str = "nlb", **more: Any) -> Step:
    chosen = list(subnets) or ["$subnet"]
    return elbv2("CreateLoadBalancer", keep, Name=name, Type="network", Scheme="internal", Subnets=chosen, **more)


def target_group(name: str, keep: str = "group", **more: Any) -> Step:
    settings = {"Protocol": "TCP", "Port": 80, "VpcId": "$vpc", "TargetType": "instance", **more}
    return elbv2("CreateTargetGroup", keep, Name=name, **settings)


def listener(group: str = "$group", port: int = 80, keep: str = "listener") -> Step:
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    return elbv2("CreateListener", keep, LoadBalancerArn="$nlb", Protocol="TCP", Port=port, DefaultActions=forward)


def service(**more: Any) -> Step:
    kept = {"service": "ServiceConfiguration.ServiceId", "service_name": "ServiceConfiguration.ServiceName"}
    settings = {"AcceptanceRequired": False, "NetworkLoadBalancerArns": ["$nlb"], **more}
    return ec2("CreateVpcEndpointServiceConfiguration", kept, **settings)


def endpoint(name: str = "endpoint", **more: Any) -> Step:
    settings = {"VpcId": "$vpc", "ServiceName": "$service_name", "SubnetIds": ["$subnet"], **more}
    return ec2("CreateVpcEndpoint", name, **{"VpcEndpointType": "Interface", **settings})


def seen_endpoint(name: str = "endpoint") -> Step:
    return ec2("DescribeVpcEndpoints", VpcEndpointIds=[f"${name}"])


def seen_balancer() -> Step:
    return elbv2("DescribeLoadBalancers", LoadBalancerArns=["$nlb"])


def provider(name: str) -> list[Step]:
    return [vpc(), subnet(), balancer(name), seen_balancer(), service()]


def table() -> Step:
    return ec2("CreateRouteTable", "table", VpcId="$vpc")


def group(name: str, keep: str = "sg", **more: Any) -> Step:
    return ec2("CreateSecurityGroup", keep, GroupName=name, Description="d", VpcId="$vpc", **more)


def rule(source: str = "10.0.0.0/8", port: int = 80) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": source}]}]


def of_group(source: str) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": source}]}]


def zone(reference: str, name: str = "example.test", vpc: str = "$vpc", keep: str = "zone") -> Step:
    return route53(
        "CreateHostedZone", keep, Name=name, CallerReference=reference,
        VPC={"VPCRegion": "ap-northeast-1", "VPCId": vpc}, HostedZoneConfig={"Comment": "c", "PrivateZone": True},
    )  # fmt: skip


def record(action: str, value: str = "10.0.0.1", ttl: int = 60) -> Step:
    one = {"Name": "www.example.test", "Type": "A", "TTL": ttl, "ResourceRecords": [{"Value": value}]}
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": one}]}
    return route53("ChangeResourceRecordSets", HostedZoneId="$zone", ChangeBatch=batch)


def targets(operation: str, instance: str = "$instance") -> Step:
    return elbv2(operation, TargetGroupArn="$group", Targets=[{"Id": instance, "Port": 80}])


def health() -> Step:
    return elbv2("DescribeTargetHealth", TargetGroupArn="$group")
