"""Labs of any shape, made through the public API: what a shape says is built, in the fewest calls."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any, Literal

from hypothesis import strategies as st

from tests.emulator.network.lab import CIDR, REGION, ZONES, Clients, tcp

NAME = "web.example.local"
_numbers = itertools.count(1)

# The answer names the machine: it asks the metadata service who it is.
USER_DATA = """#!/bin/bash
ID=$(curl -s http://169.254.169.254/latest/meta-data/instance-id)
echo "$ID" > /var/www/html/index.html
"""

Acceptance = Literal["not required", "accepted", "pending", "rejected"]


@dataclass(frozen=True)
class Acl:
    """A denial in one subnet: of requests, or of the answers to them."""

    side: Literal["provider", "consumer"]
    subnet: int
    egress: bool
    ports: tuple[int, int]


@dataclass(frozen=True)
class Shape:
    enabled: frozenset[int]  # zones of the load balancer
    endpoint: frozenset[int]  # zones of the endpoint, of those enabled
    servers: tuple[int, ...]  # the zone of each
    stopped: frozenset[int]
    gone: frozenset[int]  # deregistered
    cross_zone: bool
    by_group: bool | None
    closed: frozenset[Literal["client", "endpoint", "servers"]]  # groups that admit nothing
    nodes: frozenset[int]  # subnets whose nodes the servers admit
    acl: Acl | None
    acceptance: Acceptance
    client_zone: int


# Everything open, in three zones: what differs from it shows alone.
OPEN = Shape(
    enabled=frozenset({1, 2, 3}), endpoint=frozenset({1}), servers=(1, 2, 2, 3), stopped=frozenset(), gone=frozenset(),
    cross_zone=False, by_group=None, closed=frozenset(), nodes=frozenset({1, 2, 3}), acl=None,
    acceptance="not required", client_zone=2,
)  # fmt: skip
TELLING = (
    OPEN,
    replace(OPEN, cross_zone=True, stopped=frozenset({1})),
    replace(OPEN, cross_zone=True, by_group=False, endpoint=frozenset({1, 2})),
    replace(OPEN, by_group=True, acl=Acl("provider", 2, True, (1024, 65535))),
    replace(OPEN, enabled=frozenset({1, 2}), cross_zone=True, acceptance="accepted", closed=frozenset({"endpoint"})),
)

zones = st.integers(1, 3)
some = st.frozensets(zones, min_size=1)
rarely = st.sampled_from((False, False, False, True))


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    enabled = draw(some)
    servers = tuple(draw(st.lists(zones, min_size=2, max_size=6)))
    numbers = st.frozensets(st.integers(0, len(servers) - 1), max_size=2)
    acl = st.builds(
        Acl, st.sampled_from(("provider", "consumer")), zones, st.booleans(), st.sampled_from(((80, 80), (1024, 65535)))
    )
    return Shape(
        enabled,
        draw(st.frozensets(st.sampled_from(sorted(enabled)), min_size=1)),
        servers,
        draw(numbers) if draw(rarely) else frozenset(),
        draw(numbers) if draw(rarely) else frozenset(),
        draw(st.booleans()),
        draw(st.sampled_from((None, None, True, False))),
        frozenset({draw(st.sampled_from(("client", "endpoint", "servers")))}) if draw(rarely) else frozenset(),
        draw(some) if draw(rarely) else frozenset({1, 2, 3}),
        draw(acl) if draw(rarely) else None,
        draw(st.sampled_from(("not required",) * 3 + ("accepted", "pending", "rejected"))),
        draw(zones),
    )


@dataclass(frozen=True)
class Question:
    client: str  # the instance that asks
    destination: str
    port: int = 80


@dataclass
class Built:
    questions: list[Question]
    targets: str  # target group's ARN


class Builder:
    def __init__(self, clients: Clients, shape: Shape) -> None:
        self._clients, self._shape = clients, shape
        self._number = next(_numbers)

    def build(self) -> Built:
        provider, consumer = self._side("provider"), self._side("consumer")
        servers = self._servers(provider)
        balancer, targets = self._balancer(provider, servers)
        endpoint = self._endpoint(consumer, balancer)
        client = consumer.machine(self._shape.client_zone, "client", self._group(consumer, "client", ()))
        visitor = provider.machine(self._shape.client_zone, "visitor", self._group(provider, "client", ()))
        entries = [entry["DnsName"] for entry in endpoint["DnsEntries"]]
        return Built(
            [
                *(Question(client, name) for name in (NAME, f"no.{NAME}", entries[0], entries[-1], "10.0.1.250")),
                Question(client, NAME, 81),
                Question(visitor, balancer["DNSName"]),
                Question(visitor, self._address(servers[0])),
                Question(visitor, self._address(servers[-1]), 81),
                Question(visitor, NAME),
                Question(visitor, entries[0]),
            ],
            targets,
        )

    def _side(self, name: str) -> _Side:
        side = _Side(self._clients, self._clients.ec2.create_vpc(CidrBlock=CIDR)["Vpc"]["VpcId"])
        side.lay_out()
        acl = self._shape.acl
        if acl is not None and acl.side == name:
            side.deny(acl)
        return side

    def _group(self, side: _Side, name: Literal["client", "endpoint", "servers"], cidrs: tuple[str, ...]) -> str:
        """Admits TCP port 80 from `cidrs`; closed, it lets a client out no more, and nobody in."""
        ec2 = self._clients.ec2
        group = str(ec2.create_security_group(GroupName=name, Description=name, VpcId=side.vpc)["GroupId"])
        if name in self._shape.closed:
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
            ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
        elif cidrs:
            rules = [tcp(port, cidr) for cidr in cidrs for port in (80, 81)]
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
        return group

    def _servers(self, provider: _Side) -> list[str]:
        # The load balancer preserves the address of who asks from its own VPC; by the endpoint servers see the node.
        group = self._group(provider, "servers", tuple(f"10.0.{zone}.0/24" for zone in sorted(self._shape.nodes)))
        return [provider.machine(zone, "server", group, USER_DATA) for zone in self._shape.servers]

    def _balancer(self, provider: _Side, servers: list[str]) -> tuple[Any, str]:
        elbv2, shape = self._clients.elbv2, self._shape
        name = f"generated-{self._number}"
        balancer = elbv2.create_load_balancer(
            Name=name, Type="network", Scheme="internal", Subnets=[provider.subnets[zone] for zone in shape.enabled]
        )["LoadBalancers"][0]
        targets = elbv2.create_target_group(
            Name=name, Protocol="TCP", Port=80, VpcId=provider.vpc, HealthCheckIntervalSeconds=10,
            HealthyThresholdCount=2, UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
        elbv2.register_targets(TargetGroupArn=targets, Targets=[{"Id": each} for each in servers])
        key = "load_balancing.cross_zone.enabled"
        if shape.cross_zone:
            attributes = [{"Key": key, "Value": "true"}]
            elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"], Attributes=attributes)
        if shape.by_group is not None:
            attributes = [{"Key": key, "Value": str(shape.by_group).lower()}]
            elbv2.modify_target_group_attributes(TargetGroupArn=targets, Attributes=attributes)
        if shape.gone:
            gone = [{"Id": servers[number]} for number in shape.gone]
            elbv2.deregister_targets(TargetGroupArn=targets, Targets=gone)
        if shape.stopped:
            self._clients.ec2.stop_instances(InstanceIds=[servers[number] for number in shape.stopped])
        forward = [{"Type": "forward", "TargetGroupArn": targets}]
        arn = balancer["LoadBalancerArn"]
        elbv2.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=80, DefaultActions=forward)
        return balancer, targets

    def _endpoint(self, consumer: _Side, balancer: Any) -> Any:
        ec2, acceptance = self._clients.ec2, self._shape.acceptance
        service = ec2.create_vpc_endpoint_service_configuration(
            NetworkLoadBalancerArns=[balancer["LoadBalancerArn"]], AcceptanceRequired=acceptance != "not required"
        )["ServiceConfiguration"]
        endpoint = ec2.create_vpc_endpoint(
            VpcId=consumer.vpc, ServiceName=service["ServiceName"], VpcEndpointType="Interface",
            SubnetIds=[consumer.subnets[zone] for zone in self._shape.endpoint], PrivateDnsEnabled=False,
            SecurityGroupIds=[self._group(consumer, "endpoint", (CIDR,))],
        )["VpcEndpoint"]  # fmt: skip
        if acceptance in ("accepted", "rejected"):
            accept, reject = ec2.accept_vpc_endpoint_connections, ec2.reject_vpc_endpoint_connections
            answer = accept if acceptance == "accepted" else reject
            answer(ServiceId=service["ServiceId"], VpcEndpointIds=[endpoint["VpcEndpointId"]])
        self._zone(consumer, endpoint["DnsEntries"][0])
        return endpoint

    def _address(self, server: str) -> str:
        described = self._clients.ec2.describe_instances(InstanceIds=[server])["Reservations"][0]["Instances"]
        return str(described[0]["PrivateIpAddress"])

    def _zone(self, consumer: _Side, entry: Any) -> None:
        route53 = self._clients.route53
        zone = route53.create_hosted_zone(
            Name="example.local", CallerReference=f"generated-{self._number}",
            VPC={"VPCRegion": REGION, "VPCId": consumer.vpc}, HostedZoneConfig={"PrivateZone": True},
        )["HostedZone"]["Id"]  # fmt: skip
        alias = {"HostedZoneId": entry["HostedZoneId"], "DNSName": entry["DnsName"], "EvaluateTargetHealth": False}
        change = {"Action": "CREATE", "ResourceRecordSet": {"Name": NAME, "Type": "A", "AliasTarget": alias}}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})


@dataclass
class _Side:
    clients: Clients
    vpc: str

    def lay_out(self) -> None:
        ec2 = self.clients.ec2
        ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        made = (
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
            for number, zone in enumerate(ZONES, 1)
        )
        self.subnets = {number: str(each["Subnet"]["SubnetId"]) for number, each in enumerate(made, 1)}

    def machine(self, zone: int, name: str, group: str, user_data: str = "") -> str:
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
        answer = self.clients.ec2.run_instances(
            ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=self.subnets[zone], SecurityGroupIds=[group],
            UserData=user_data, TagSpecifications=tags,
        )  # fmt: skip
        return str(answer["Instances"][0]["InstanceId"])

    def deny(self, acl: Acl) -> None:
        ec2 = self.clients.ec2
        made = ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]
        entry = {"NetworkAclId": made, "Protocol": "-1", "CidrBlock": "0.0.0.0/0", "RuleAction": "allow"}
        for egress in (False, True):
            ec2.create_network_acl_entry(**entry, RuleNumber=100, Egress=egress)
        low, high = acl.ports
        denied = {**entry, "Protocol": "6", "RuleAction": "deny", "PortRange": {"From": low, "To": high}}
        ec2.create_network_acl_entry(**denied, RuleNumber=50, Egress=acl.egress)
        found = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["NetworkAcls"]
        associations = [each for one in found for each in one["Associations"]]
        (mine,) = [each for each in associations if each["SubnetId"] == self.subnets[acl.subnet]]
        ec2.replace_network_acl_association(AssociationId=mine["NetworkAclAssociationId"], NetworkAclId=made)
