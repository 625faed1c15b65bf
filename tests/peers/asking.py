"""What an engineer asks of the lab: `curl` and `dig` through the sandbox's doors, and AWS about what is there."""

import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from pltui.sandbox import launcher
from tests.peers.shape import Shape

REGION = "ap-northeast-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": REGION}
CONNECTIONS = 12
"""Of three servers each answers, but for one time in fifty: then it is asked again."""

PATIENCE = 90.0
"""Real seconds for what AWS takes minutes for."""

UNANSWERED = "no answer"
GONE = frozenset({"deleted", "deleting", "terminated", "shutting-down"})

Answers = Counter[str]


def clients(url: str) -> dict[str, Any]:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": REGION}
    return {name: boto3.client(name, endpoint_url=url, **keys) for name in ("ec2", "elbv2", "iam", "route53")}


@dataclass(frozen=True)
class Dig:
    """`dig`'s status (NOERROR, NXDOMAIN) and its answers."""

    status: str
    answers: tuple[str, ...]


class Lab:
    """The lab as it stands, found by what it is made of: no peer's tags are known here."""

    def __init__(self, sandbox: launcher.Sandbox, shape: Shape) -> None:
        self.sandbox, self.shape = sandbox, shape
        self.aws = clients(sandbox.endpoint_url)

    @cached_property
    def endpoint(self) -> dict[str, Any]:
        found = self.aws["ec2"].describe_vpc_endpoints()["VpcEndpoints"]
        (endpoint,) = (each for each in found if each["State"].lower() not in GONE)
        return endpoint

    @cached_property
    def provider(self) -> str:
        """The provider's VPC."""
        (balancer,) = self.aws["elbv2"].describe_load_balancers()["LoadBalancers"]
        return balancer["VpcId"]

    def machine(self, vpc: str, subnet: str) -> str:
        """The instance in that private subnet."""
        filters = [
            {"Name": "vpc-id", "Values": [vpc]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]},
        ]
        pages = self.aws["ec2"].describe_instances(Filters=filters)["Reservations"]
        blocks = {each["SubnetId"]: each["CidrBlock"] for each in self.aws["ec2"].describe_subnets()["Subnets"]}
        (instance,) = (
            each["InstanceId"] for page in pages for each in page["Instances"] if blocks[each["SubnetId"]] == subnet
        )
        return instance

    @cached_property
    def client(self) -> str:
        return self.machine(self.endpoint["VpcId"], self.shape.private[0])

    def curl(self) -> str:
        """The number of the subnet that answered the client, or `UNANSWERED`."""
        door = f"socks5h://{self.client}:@{self.sandbox.socks}"
        command = ["curl", "-sS", "--max-time", "2", "-x", door, self.shape.url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return UNANSWERED
        said = done.stdout.strip()
        if not said.startswith(self.shape.greeting):
            return said
        return said.removeprefix(self.shape.greeting).strip()

    def ask(self, connections: int = CONNECTIONS) -> Answers:
        with ThreadPoolExecutor(8) as pool:
            return Counter(pool.map(lambda _: self.curl(), range(connections)))

    def settled(self, *expected: str) -> Answers:
        """Ask until these are who answers, all of them and nobody else; then what was answered last."""
        return until(self.ask, lambda observed: set(observed) == set(expected))

    def dig(self, vpc: str, kind: str = "A") -> Dig:
        host, _, port = self.sandbox.status()["dns"][vpc].partition(":")
        command = ["dig", f"@{host}", "-p", port, "+time=2", "+tries=2", self.shape.record, kind]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        status = re.search(r"status: (\w+)", said)
        answers = re.findall(rf"(?m)^\S+\s+\d+\s+IN\s+{kind}\s+(\S+)$", said)
        return Dig(status[1] if status else "", tuple(answers))

    def interface_addresses(self) -> tuple[str, ...]:
        """The endpoint's own, as AWS tells them."""
        ids = self.endpoint["NetworkInterfaceIds"]
        found = self.aws["ec2"].describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
        return tuple(each["PrivateIpAddress"] for each in found)

    def endpoint_rules(self) -> tuple[str, list[dict[str, Any]]]:
        """The endpoint's security group, and what it lets in."""
        (group,) = (each["GroupId"] for each in self.endpoint["Groups"])
        (described,) = self.aws["ec2"].describe_security_groups(GroupIds=[group])["SecurityGroups"]
        return group, described["IpPermissions"]


def until(look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What was seen when it was as wanted. Fails with what was seen last."""
    deadline = time.monotonic() + PATIENCE
    while not wanted(observed := look()):
        assert time.monotonic() < deadline, f"still {observed}"
        time.sleep(0.1)
    return observed


def remains(aws: dict[str, Any]) -> dict[str, list[str]]:
    """What an account was not born with: {kind: ids}, without kinds of which nothing is left."""
    return {kind: ids for kind, found in _KINDS.items() if (ids := sorted(found(aws)))}


def _listed(
    service: str, operation: str, key: str, name: str, own: Callable[[dict[str, Any]], bool] = lambda _: True
) -> Callable[[dict[str, Any]], Iterator[str]]:
    def found(aws: dict[str, Any]) -> Iterator[str]:
        for each in getattr(aws[service], operation)()[key]:
            if own(each) and str(each.get("State", "")).lower() not in GONE:
                yield each[name]

    return found


def _instances(aws: dict[str, Any]) -> Iterator[str]:
    for page in aws["ec2"].describe_instances()["Reservations"]:
        yield from (each["InstanceId"] for each in page["Instances"] if each["State"]["Name"] not in GONE)


def _born_with(aws: dict[str, Any]) -> str:
    return aws["ec2"].describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]


def _gateways(aws: dict[str, Any]) -> Iterator[str]:
    born_with = _born_with(aws)
    for each in aws["ec2"].describe_internet_gateways()["InternetGateways"]:
        if born_with not in {attachment["VpcId"] for attachment in each["Attachments"]}:
            yield each["InternetGatewayId"]


_KINDS: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "vpcs": _listed("ec2", "describe_vpcs", "Vpcs", "VpcId", lambda each: not each["IsDefault"]),
    "subnets": _listed("ec2", "describe_subnets", "Subnets", "SubnetId", lambda each: not each["DefaultForAz"]),
    "internet gateways": _gateways,
    "addresses": _listed("ec2", "describe_addresses", "Addresses", "AllocationId"),
    "nat gateways": _listed("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "route tables": _listed(
        "ec2", "describe_route_tables", "RouteTables", "RouteTableId",
        lambda each: not any(association["Main"] for association in each["Associations"]),
    ),
    "security groups": _listed(
        "ec2", "describe_security_groups", "SecurityGroups", "GroupId", lambda each: each["GroupName"] != "default"
    ),
    "interfaces": _listed("ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    "instances": _instances,
    "endpoint services": _listed(
        "ec2", "describe_vpc_endpoint_service_configurations", "ServiceConfigurations", "ServiceId"
    ),
    "endpoints": _listed("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "load balancers": _listed("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    "target groups": _listed("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    "zones": _listed("route53", "list_hosted_zones", "HostedZones", "Name"),
    "profiles": _listed("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    "roles": _listed(
        "iam", "list_roles", "Roles", "RoleName", lambda each: not each["Path"].startswith("/aws-service-role/")
    ),
}  # fmt: skip
