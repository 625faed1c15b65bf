"""One API server for the session, driven by real boto3 over real HTTP, at a time that only tests move."""

import itertools
import json
import os
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from pltui.emulator.api import make_app, serve
from pltui.emulator.clock import Clock
from pltui.emulator.faults import FaultRegistry
from pltui.emulator.health_board import TargetHealthBoard
from tests.emulator.one_app import the_one

REGION = "ap-northeast-1"
AMI = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Aws:
    """Clients, the clock, and the smallest things that tests build upon."""

    def __init__(self) -> None:
        self.real = 0.0
        self.clock = Clock(1.0, now=lambda: self.real)
        self.health = TargetHealthBoard()
        self.writes: list[tuple[str, str]] = []
        self.runner: Callable[[str, list[str], float], tuple[int, str, str] | None] = lambda *_: None
        self.faults = FaultRegistry()
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"  # the network's tests do without
        app = make_app(
            self.clock, self.health, lambda *call: self.writes.append(call), lambda *a: self.runner(*a), self.faults
        )
        self.server = serve(app)
        self.url = f"http://127.0.0.1:{self.server.port}"
        self._names = itertools.count(1)
        self._connect({"aws_access_key_id": "testing", "aws_secret_access_key": "testing"})

    def _connect(self, credentials: dict[str, str]) -> None:
        self._credentials = credentials
        for name in ("ec2", "elbv2", "iam", "route53", "ssm", "sts"):
            setattr(self, name, self.client(name))

    def client(self, service: str, region: str = REGION, config: Config | None = None) -> Any:
        """One for a service, or in a region, that few tests speak to."""
        config = config or Config(retries={"total_max_attempts": 1})
        return boto3.client(service, endpoint_url=self.url, region_name=region, config=config, **self._credentials)

    def other_account(self, account: str) -> "Aws":
        """The same server, spoken to from another account."""
        role = f"arn:aws:iam::{account}:role/visitor"
        given = self.sts.assume_role(RoleArn=role, RoleSessionName="visitor")["Credentials"]
        return self.signing(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def signing(self, key: str, secret: str, token: str | None = None) -> "Aws":
        """The same server, spoken to with other keys."""
        other = copy(self)
        other.wait = self.wait  # there is one clock
        credentials = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        other._connect({**credentials, **({"aws_session_token": token} if token else {})})
        return other

    def wait(self, seconds: float) -> None:
        """Let AWS seconds pass."""
        self.real += seconds

    def name(self, what: str) -> str:
        return f"{what}-{next(self._names)}"

    def vpc(self, cidr: str = "10.0.0.0/16") -> str:
        return self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]

    def subnet(self, vpc: str, third: int = 0, zone: str = "a") -> str:
        answer = self.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{third}.0/24", AvailabilityZone=REGION + zone)
        return answer["Subnet"]["SubnetId"]

    def group(self, vpc: str) -> str:
        return self.ec2.create_security_group(GroupName=self.name("group"), Description="d", VpcId=vpc)["GroupId"]

    def gateway(self, vpc: str) -> str:
        """An internet gateway, attached."""
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        return gateway

    def address(self) -> str:
        return self.ec2.allocate_address(Domain="vpc")["AllocationId"]

    def route_table(self, vpc: str, *subnets: str) -> str:
        table = self.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        for subnet in subnets:
            self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        return table

    def instance(self, subnet: str, **more: Any) -> str:
        answer = self.ec2.run_instances(
            ImageId=AMI, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet, **more
        )
        return answer["Instances"][0]["InstanceId"]

    def balancer(self, *subnets: str, **more: Any) -> str:
        """An active network load balancer."""
        more.setdefault("Name", self.name("nlb"))
        answer = self.elbv2.create_load_balancer(Subnets=list(subnets), Type="network", Scheme="internal", **more)
        self.wait(120)
        return answer["LoadBalancers"][0]["LoadBalancerArn"]

    def target_group(self, vpc: str, **more: Any) -> str:
        more.setdefault("Name", self.name("targets"))
        return self.elbv2.create_target_group(Protocol="TCP", Port=80, VpcId=vpc, **more)["TargetGroups"][0][
            "TargetGroupArn"
        ]

    def listener(self, balancer: str, group: str, port: int = 80) -> str:
        answer = self.elbv2.create_listener(
            LoadBalancerArn=balancer,
            Protocol="TCP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return answer["Listeners"][0]["ListenerArn"]

    def service(self, balancer: str, **more: Any) -> dict[str, Any]:
        more.setdefault("AcceptanceRequired", False)
        """A service that endpoints can be created for, as its creation showed it."""
        made = self.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[balancer], **more)
        self.wait(15)
        return made["ServiceConfiguration"]

    def endpoint(self, vpc: str, service: str, *subnets: str, **more: Any) -> dict[str, Any]:
        return self.ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=service, VpcEndpointType="Interface", SubnetIds=list(subnets), **more
        )["VpcEndpoint"]

    def seen(self, endpoint: str) -> dict[str, Any]:
        return self.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]

    def interfaces(self, **filters: str) -> list[dict[str, Any]]:
        """By filters, written with underscores."""
        wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        return self.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]

    def profile(self, *policies: str) -> str:
        name = self.name("role")
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        for policy in policies:
            self.iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        self.iam.create_instance_profile(InstanceProfileName=name)
        self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return name


@pytest.fixture
def aws() -> Iterator[Aws]:
    server = the_one(Aws)
    yield server
    server.runner = lambda *_: None
    server.faults.clear()


@pytest.fixture
def refused() -> Callable[..., str]:
    """Call, and give the error's code; fails if the call succeeds."""

    def call(operation: Callable[..., Any], **arguments: Any) -> str:
        with pytest.raises(ClientError) as caught:
            operation(**arguments)
        return caught.value.response["Error"]["Code"]

    return call


@pytest.fixture
def provider(aws: Aws) -> dict[str, Any]:
    """A VPC with an active load balancer in zones a and c, and a service that accepts everybody."""
    vpc = aws.vpc()
    subnets = [aws.subnet(vpc, 0, "a"), aws.subnet(vpc, 1, "c")]
    balancer = aws.balancer(*subnets)
    return {"vpc": vpc, "subnets": subnets, "balancer": balancer, "service": aws.service(balancer)}


@pytest.fixture
def consumer(aws: Aws) -> dict[str, Any]:
    """A VPC of the same range, with subnets in zones a, c and d."""
    vpc = aws.vpc()
    return {"vpc": vpc, "subnets": {zone: aws.subnet(vpc, n, zone) for n, zone in enumerate("acd")}}
