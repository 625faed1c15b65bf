"""What one region's API says, read again only where a call may have changed it. Blocking; used from one thread."""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pltui.reach.parse import Answers, Raw
from pltui.sandbox.network import USER_AGENT

log = logging.getLogger(__name__)

# The one place Route 53, a global service, is read from.
GLOBAL = "global"

# In the order they are read: a later one asks about what an earlier one found.
REGIONAL_TOPICS = (
    "vpcs",
    "subnets",
    "security_groups",
    "instances",
    "load_balancers",
    "balancer_attributes",
    "listeners",
    "target_groups",
    "group_attributes",
    "targets",
    "services",
    "endpoints",
    "interfaces",
)
GLOBAL_TOPICS = ("zones",)

_READS = re.compile("Describe|Get|List|Search|Test|Wait")
_LOAD_BALANCER = ("load_balancers", "balancer_attributes", "listeners", "interfaces")
_TARGET_GROUP = ("target_groups", "group_attributes", "targets")
_TOPICS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ec2": (
        (r"Vpc(Attribute|CidrBlock)?$", ("vpcs", "security_groups")),
        (r"DefaultVpc$", ("vpcs", "security_groups", "subnets")),
        (r"VpcEndpoint", ("services", "endpoints", "interfaces")),
        (r"Subnet", ("subnets",)),
        (r"Instance(s|Attribute)$", ("instances",)),
        (r"SecurityGroup", ("security_groups",)),
        (r"NetworkInterface", ("interfaces", "instances")),
        (r"Tags$", ("instances",)),
    ),
    "elasticloadbalancing": (
        (r"LoadBalancerAttributes$", ("balancer_attributes",)),
        (r"TargetGroupAttributes$", ("group_attributes",)),
        (r"(LoadBalancer|Subnets|SecurityGroups|IpAddressType)$", _LOAD_BALANCER),
        (r"Listener|Rule", ("listeners",)),
        (r"TargetGroup$", _TARGET_GROUP),
        (r"Targets$", ("targets",)),
    ),
    "route53": ((r".", GLOBAL_TOPICS),),
}
_TOPICS["elbv2"] = _TOPICS["elasticloadbalancing"]


def topics(service: str, action: str) -> frozenset[str]:
    """What a call may have changed of the world; nothing for most calls."""
    if _READS.match(action):
        return frozenset()
    rules = _TOPICS.get(service, ())
    return frozenset(topic for pattern, names in rules if re.search(pattern, action) for topic in names)


class Reader:
    """One region of one endpoint. `answers` is replaced whole after each `read`."""

    def __init__(self, endpoint_url: str, region: str) -> None:
        self.answers = Answers(region)
        self._endpoint_url = endpoint_url
        self._clients: dict[str, Any] = {}
        self._complaints: dict[str, str] = {}

    @property
    def all_topics(self) -> frozenset[str]:
        return frozenset(GLOBAL_TOPICS if self.answers.region == GLOBAL else REGIONAL_TOPICS)

    def read(self, wanted: Iterable[str]) -> frozenset[str]:
        """Read these topics anew; the ones that could not be read keep what they had and are returned."""
        wanted, failed = frozenset(wanted), set()
        for topic in (*REGIONAL_TOPICS, *GLOBAL_TOPICS):
            if topic not in wanted:
                continue
            read: Callable[[], dict[str, Any]] = getattr(self, f"_read_{topic}")
            try:
                self.answers = replace(self.answers, **read())
                self._complaints.pop(topic, None)
            except (BotoCoreError, ClientError) as error:
                failed.add(topic)
                if self._complaints.get(topic) != str(error):
                    self._complaints[topic] = str(error)
                    log.info("cannot read %s in %s: %s", topic, self.answers.region, error)
        return frozenset(failed)

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            region = self.answers.region
            connect: Any = boto3.client  # untyped in one release, overloaded a thousandfold in another
            self._clients[service] = connect(
                service,
                endpoint_url=self._endpoint_url,
                region_name="us-east-1" if region == GLOBAL else region,
                aws_access_key_id="sandbox",
                aws_secret_access_key="sandbox",  # noqa: S106 # no secret: an emulator looks at nothing but its presence
                config=Config(
                    user_agent_extra=USER_AGENT,
                    retries={"total_max_attempts": 1},
                    connect_timeout=5,
                    read_timeout=30,
                    proxies={},
                    parameter_validation=False,
                ),
            )
        return self._clients[service]

    def _pages(self, service: str, operation: str, key: str, **arguments: Any) -> Iterator[Raw]:
        client = self._client(service)
        if client.can_paginate(operation):
            for page in client.get_paginator(operation).paginate(**arguments):
                yield from page[key]
        else:
            yield from getattr(client, operation)(**arguments)[key]

    def _read_vpcs(self) -> dict[str, Any]:
        vpcs = tuple(self._pages("ec2", "describe_vpcs", "Vpcs"))
        return {"vpcs": vpcs, "vpc_flags": {vpc["VpcId"]: self._vpc_flags(vpc["VpcId"]) for vpc in vpcs}}

    def _vpc_flags(self, vpc_id: str) -> tuple[bool, bool]:
        ask = self._client("ec2").describe_vpc_attribute
        support = ask(VpcId=vpc_id, Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"]
        return support, ask(VpcId=vpc_id, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]

    def _read_subnets(self) -> dict[str, Any]:
        return {"subnets": tuple(self._pages("ec2", "describe_subnets", "Subnets"))}

    def _read_security_groups(self) -> dict[str, Any]:
        return {"security_groups": tuple(self._pages("ec2", "describe_security_groups", "SecurityGroups"))}

    def _read_interfaces(self) -> dict[str, Any]:
        return {"interfaces": tuple(self._pages("ec2", "describe_network_interfaces", "NetworkInterfaces"))}

    def _read_instances(self) -> dict[str, Any]:
        reservations = self._pages("ec2", "describe_instances", "Reservations")
        instances = tuple(instance for reservation in reservations for instance in reservation["Instances"])
        known = self.answers.user_data
        ids = [each["InstanceId"] for each in instances if each["State"]["Name"] != "terminated"]
        return {"instances": instances, "user_data": {i: known[i] if i in known else self._user_data(i) for i in ids}}

    def _user_data(self, instance_id: str) -> str:
        ask = self._client("ec2").describe_instance_attribute
        encoded = ask(InstanceId=instance_id, Attribute="userData").get("UserData", {}).get("Value", "")
        try:
            return base64.b64decode(encoded).decode(errors="replace")
        except binascii.Error:
            return ""

    def _read_endpoints(self) -> dict[str, Any]:
        return {"endpoints": tuple(self._pages("ec2", "describe_vpc_endpoints", "VpcEndpoints"))}

    def _read_services(self) -> dict[str, Any]:
        operation = "describe_vpc_endpoint_service_configurations"
        return {"services": tuple(self._pages("ec2", operation, "ServiceConfigurations"))}

    def _read_load_balancers(self) -> dict[str, Any]:
        return {"load_balancers": tuple(self._pages("elbv2", "describe_load_balancers", "LoadBalancers"))}

    def _read_balancer_attributes(self) -> dict[str, Any]:
        ask = self._client("elbv2").describe_load_balancer_attributes
        arns = [each["LoadBalancerArn"] for each in self.answers.load_balancers]
        return {"balancer_attributes": {arn: _attributes(ask(LoadBalancerArn=arn)) for arn in arns}}

    def _read_listeners(self) -> dict[str, Any]:
        arns = [each["LoadBalancerArn"] for each in self.answers.load_balancers]
        operation = ("elbv2", "describe_listeners", "Listeners")
        return {"listeners": {arn: tuple(self._pages(*operation, LoadBalancerArn=arn)) for arn in arns}}

    def _read_target_groups(self) -> dict[str, Any]:
        return {"target_groups": tuple(self._pages("elbv2", "describe_target_groups", "TargetGroups"))}

    def _read_group_attributes(self) -> dict[str, Any]:
        ask = self._client("elbv2").describe_target_group_attributes
        arns = [each["TargetGroupArn"] for each in self.answers.target_groups]
        return {"group_attributes": {arn: _attributes(ask(TargetGroupArn=arn)) for arn in arns}}

    def _read_targets(self) -> dict[str, Any]:
        ask = self._client("elbv2").describe_target_health
        arns = [each["TargetGroupArn"] for each in self.answers.target_groups]
        return {"targets": {arn: tuple(ask(TargetGroupArn=arn)["TargetHealthDescriptions"]) for arn in arns}}

    def _read_zones(self) -> dict[str, Any]:
        client = self._client("route53")
        ids = [zone["Id"] for zone in self._pages("route53", "list_hosted_zones", "HostedZones")]
        zones = tuple(client.get_hosted_zone(Id=each) for each in ids)
        private = [zone["HostedZone"]["Id"] for zone in zones if zone.get("VPCs")]
        operation = ("route53", "list_resource_record_sets", "ResourceRecordSets")
        return {
            "zones": zones,
            "records": {zone: tuple(self._pages(*operation, HostedZoneId=zone)) for zone in private},
        }


def _attributes(answer: Raw) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in answer["Attributes"]}
