"""A small lab made through the public API, and a caller that speaks SOCKS as real tools do."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

REGION = "ap-northeast-1"
ZONES = ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")
CIDR = "10.0.0.0/16"
_numbers = itertools.count(1)


def greeting(subnet: int) -> str:
    return f"#!/bin/bash\nyum -y install httpd\necho 'Subnet {subnet}' > /var/www/html/index.html\n"


@dataclass
class Clients:
    ec2: Any
    elbv2: Any
    route53: Any


@dataclass
class Side:
    """One VPC, with a subnet in each zone and the group its machines are in."""

    clients: Clients
    name: str
    vpc: str = ""
    subnets: list[str] = field(default_factory=list)
    group: str = ""

    def build(self) -> Side:
        ec2 = self.clients.ec2
        self.vpc = ec2.create_vpc(CidrBlock=CIDR)["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        for number, zone in enumerate(ZONES, 1):
            subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
            self.subnets.append(subnet["Subnet"]["SubnetId"])
        self.group = self.new_group("machines")
        return self

    def new_group(self, name: str) -> str:
        return str(self.clients.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"])

    def admit(self, group: str, port: int, cidr: str = CIDR) -> None:
        self.clients.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(port, cidr)])

    def bar(self, group: str, port: int, cidr: str = CIDR) -> None:
        self.clients.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[tcp(port, cidr)])

    def machine(self, name: str, subnet: int, user_data: str = "", group: str | None = None) -> str:
        answer = self.clients.ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.micro",
            SubnetId=self.subnets[subnet - 1],
            SecurityGroupIds=[group or self.group],
            UserData=user_data,
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
        )
        return str(answer["Instances"][0]["InstanceId"])

    def address(self, instance: str) -> str:
        answer = self.clients.ec2.describe_instances(InstanceIds=[instance])
        return str(answer["Reservations"][0]["Instances"][0]["PrivateIpAddress"])


@dataclass
class Provider(Side):
    servers: list[str] = field(default_factory=list)
    balancer: str = ""
    balancer_name: str = ""
    targets: str = ""
    listener: str = ""
    service: str = ""

    def serve(self, subnets: tuple[int, ...] = (1, 2, 3)) -> Provider:
        self.admit(self.group, 80)
        self.servers = [self.machine(f"server-{n}", n, greeting(n)) for n in (1, 2, 3)]
        elbv2 = self.clients.elbv2
        name = f"nlb-{next(_numbers)}"
        made = elbv2.create_load_balancer(
            Name=name, Type="network", Scheme="internal", Subnets=[self.subnets[n - 1] for n in subnets]
        )["LoadBalancers"][0]
        self.balancer, self.balancer_name = made["LoadBalancerArn"], made["DNSName"]
        self.targets = elbv2.create_target_group(
            Name=name,
            Protocol="TCP",
            Port=80,
            VpcId=self.vpc,
            TargetType="instance",
            HealthCheckProtocol="TCP",
            HealthCheckIntervalSeconds=10,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        elbv2.register_targets(TargetGroupArn=self.targets, Targets=[{"Id": each} for each in self.servers])
        forward = [{"Type": "forward", "TargetGroupArn": self.targets}]
        self.listener = elbv2.create_listener(
            LoadBalancerArn=self.balancer, Protocol="TCP", Port=80, DefaultActions=forward
        )["Listeners"][0]["ListenerArn"]
        self.service = self.clients.ec2.create_vpc_endpoint_service_configuration(
            NetworkLoadBalancerArns=[self.balancer], AcceptanceRequired=False
        )["ServiceConfiguration"]["ServiceName"]
        return self

    def cross_zone(self, value: bool) -> None:
        attribute = {"Key": "load_balancing.cross_zone.enabled", "Value": str(value).lower()}
        self.clients.elbv2.modify_load_balancer_attributes(LoadBalancerArn=self.balancer, Attributes=[attribute])

    def health(self) -> dict[str, str]:
        rows = self.clients.elbv2.describe_target_health(TargetGroupArn=self.targets)["TargetHealthDescriptions"]
        return {row["Target"]["Id"]: row["TargetHealth"]["State"] for row in rows}


@dataclass
class Consumer(Side):
    client: str = ""
    endpoint: str = ""
    endpoint_group: str = ""
    zone: str = ""

    def connect(self, service: str, subnets: tuple[int, ...] = (1,)) -> Consumer:
        ec2, route53 = self.clients.ec2, self.clients.route53
        self.client = self.machine(self.name, 1)
        self.endpoint_group = self.new_group("endpoint")
        self.admit(self.endpoint_group, 80)
        self.endpoint = ec2.create_vpc_endpoint(
            VpcId=self.vpc,
            ServiceName=service,
            VpcEndpointType="Interface",
            SubnetIds=[self.subnets[n - 1] for n in subnets],
            SecurityGroupIds=[self.endpoint_group],
            PrivateDnsEnabled=False,
        )["VpcEndpoint"]["VpcEndpointId"]
        self.zone = route53.create_hosted_zone(
            Name="example.local",
            CallerReference=f"{self.name}-{next(_numbers)}",
            VPC={"VPCRegion": REGION, "VPCId": self.vpc},
            HostedZoneConfig={"PrivateZone": True},
        )["HostedZone"]["Id"]
        entry = self.entries()[0]
        self.record("web.example.local", AliasTarget={
            "HostedZoneId": entry["HostedZoneId"], "DNSName": entry["DnsName"], "EvaluateTargetHealth": False
        })  # fmt: skip
        return self

    def entries(self) -> list[dict[str, str]]:
        answer = self.clients.ec2.describe_vpc_endpoints(VpcEndpointIds=[self.endpoint])
        return list(answer["VpcEndpoints"][0]["DnsEntries"])

    def record(self, name: str, **data: Any) -> None:
        change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": name, "Type": "A", **data}}
        self.clients.route53.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": [change]})


@dataclass(frozen=True)
class Outcome:
    """`reply`: the door's code, None for none; `bound`: the address reached; `body`: what the server answered."""

    reply: int | None
    bound: str = ""
    body: str = ""


class Caller:
    def __init__(self, socks: str) -> None:
        host, _, port = socks.rpartition(":")
        self._where = (host, int(port))

    async def open(
        self, user: str, host: str, port: int = 80
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
        """A connection through the door, and the door's reply. Raises PermissionError when the user name is refused."""
        reader, writer = await asyncio.open_connection(*self._where)
        name = user.encode()
        writer.write(b"\x05\x01\x02")
        assert await reader.readexactly(2) == b"\x05\x02"
        writer.write(bytes((1, len(name))) + name + b"\x00")
        if (await reader.readexactly(2))[1] != 0:
            writer.close()
            raise PermissionError(user)
        target = host.encode()
        writer.write(b"\x05\x01\x00\x03" + bytes((len(target),)) + target + port.to_bytes(2, "big"))
        return reader, writer, await reader.readexactly(10)

    async def get(self, user: str, host: str, port: int = 80, patience: float = 5.0) -> Outcome:
        try:
            async with asyncio.timeout(patience):
                reader, writer, reply = await self.open(user, host, port)
                if reply[1] != 0:
                    writer.close()
                    return Outcome(reply[1])
                writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                answer = await reader.read()
                writer.close()
        except TimeoutError:
            return Outcome(None)
        return Outcome(0, ".".join(map(str, reply[4:8])), answer.partition(b"\r\n\r\n")[2].decode().strip())

    async def answers(self, user: str, host: str, count: int) -> set[str]:
        """Who answered `count` new connections."""
        return {(await self.get(user, host)).body for _ in range(count)}


def tcp(port: int, cidr: str) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
