"""What stands in the account, asked with boto3 and told by what belongs to what: nothing here is pltui's own look."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

REGION = "ap-northeast-1"
ZONE = "example.local."
ENDED = ("shutting-down", "terminated", "deleting", "deleted")  # still listed for a while, as on AWS
NOBODY = ""  # the lab of what says of no lab that it is its

Labs = dict[str, Counter[str]]


def _network(side: str) -> list[str]:
    """What makes up a VPC with one zone and one NAT gateway."""
    return [
        f"{side}/vpc",
        f"{side}/private-subnet-1 in {side}/vpc",
        f"{side}/public-subnet-1 in {side}/vpc",
        f"{side}/internet-gateway",
        f"{side}/internet-gateway on {side}/vpc",
        f"{side}/elastic-ip-1",
        f"{side}/nat-gateway-1 in {side}/public-subnet-1",
        f"{side}/public-route-table in {side}/vpc",
        f"{side}/private-route-table-1 in {side}/vpc",
        f"{side}/public-route-table 0.0.0.0/0 to {side}/internet-gateway",
        f"{side}/private-route-table-1 0.0.0.0/0 to {side}/nat-gateway-1",
        f"{side}/public-subnet-1 by {side}/public-route-table",
        f"{side}/private-subnet-1 by {side}/private-route-table-1",
    ]


# The lab of `conftest.SPEC`, each of its things once.
WANTED = Counter(
    [
        *_network("provider"),
        *_network("consumer"),
        "provider/service-security-group in provider/vpc",
        "consumer/endpoint-security-group in consumer/vpc",
        "consumer/instance-security-group in consumer/vpc",
        "provider/server-1 in provider/private-subnet-1",
        "consumer/client in consumer/private-subnet-1",
        "provider/load-balancer",
        "provider/load-balancer listens for provider/target-group",
        "provider/target-group",
        "provider/server-1 in provider/target-group",
        "provider/endpoint-service",
        "provider/endpoint-service of provider/load-balancer",
        "consumer/endpoint in consumer/vpc",
        "role",
        "role has AmazonSSMManagedInstanceCore",
        "instance profile of role",
        "zone example.local. for consumer/vpc",
        "record provider-nlb.example.local. A to consumer/endpoint",
    ]
)


# Paginator -> (key of its answer, where an item keeps its id, and that of what it is in).
EC2 = {
    "describe_vpcs": ("Vpcs", "VpcId", ""),
    "describe_subnets": ("Subnets", "SubnetId", "VpcId"),
    "describe_internet_gateways": ("InternetGateways", "InternetGatewayId", ""),
    "describe_addresses": ("Addresses", "AllocationId", ""),
    "describe_nat_gateways": ("NatGateways", "NatGatewayId", "SubnetId"),
    "describe_route_tables": ("RouteTables", "RouteTableId", "VpcId"),
    "describe_security_groups": ("SecurityGroups", "GroupId", "VpcId"),
    "describe_instances": ("Reservations", "InstanceId", "SubnetId"),
    "describe_vpc_endpoints": ("VpcEndpoints", "VpcEndpointId", "VpcId"),
    "describe_vpc_endpoint_service_configurations": ("ServiceConfigurations", "ServiceId", ""),
}


@dataclass
class Account:
    """Raw boto3 against the sandbox, past any proxy."""

    endpoint_url: str
    known: frozenset[str] = frozenset()  # ids of what does not count
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self.clients:
            session: Any = boto3.Session("test", "test", region_name=REGION)
            config = Config(proxies={})  # no proxy leads to an endpoint on this machine
            self.clients[service] = session.client(service, endpoint_url=self.endpoint_url, config=config)
        return self.clients[service]

    def forget(self) -> None:
        """From now on only what is new counts: neither AWS's defaults nor what others have made."""
        self.known = frozenset()
        self.known = frozenset(_Reading(self).named)

    def labs(self) -> Labs:
        """Lab -> how many of what stands of it; `NOBODY`'s is what bears no lab's mark."""
        return _Reading(self).labs

    def parameters(self) -> list[str]:
        """Names of what pltui keeps in SSM."""
        found = self.client("ssm").describe_parameters()["Parameters"]
        return [one["Name"] for one in found if one["Name"].startswith("/pltui/")]


class _Reading:
    """One look at the whole account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.named: dict[str, tuple[str, str]] = {}  # id -> (lab, address)
        self.labs: Labs = {}
        ec2 = {operation: list(self._listed(operation, key)) for operation, (key, _, _) in EC2.items()}
        for operation, (_, id_, _) in EC2.items():
            for item in ec2[operation]:
                self._name(item[id_], item.get("Tags", []))
        self._elbv2()
        for operation, (_, id_, within) in EC2.items():
            for item in ec2[operation]:
                self._tell(item[id_], *(("in", item[within]) if within else ()))
        self._attachments(ec2["describe_internet_gateways"])
        self._routes(ec2["describe_route_tables"])
        for service in ec2["describe_vpc_endpoint_service_configurations"]:
            for arn in service["NetworkLoadBalancerArns"]:
                self._tell(service["ServiceId"], "of", arn)
        self._iam()
        self._route53(
            {e["DnsName"]: p["VpcEndpointId"] for p in ec2["describe_vpc_endpoints"] for e in p["DnsEntries"]}
        )

    def _listed(self, operation: str, key: str) -> Iterator[dict[str, Any]]:
        """What has not ended, but for what comes with every VPC: its default group and main table."""
        items = getattr(self._account.client("ec2"), operation)()[key]
        for item in [one for r in items for one in r["Instances"]] if key == "Reservations" else items:
            state = item.get("State")
            ended = (state["Name"] if isinstance(state, dict) else state) in ENDED
            main = any(association["Main"] for association in item.get("Associations", []))
            if not ended and not main and item.get("GroupName") != "default":
                yield item

    def _name(self, id_: str, tags: list[dict[str, str]]) -> None:
        if id_ not in self._account.known:
            marks = {tag["Key"]: tag["Value"] for tag in tags}
            self.named[id_] = marks.get("pltui:lab", NOBODY), marks.get("pltui:address", id_)

    def _tell(self, id_: str, *more: str) -> None:
        """Count `id_`, with what it is to something else; ids are told by their addresses."""
        if id_ in self.named:
            lab, address = self.named[id_]
            words = [self.named[word][1] if word in self.named else word for word in more]
            self.labs.setdefault(lab, Counter())[" ".join([address, *words])] += 1

    def _attachments(self, gateways: list[dict[str, Any]]) -> None:
        for gateway in gateways:
            for attachment in gateway["Attachments"]:
                self._tell(gateway["InternetGatewayId"], "on", attachment["VpcId"])

    def _routes(self, tables: list[dict[str, Any]]) -> None:
        for table in tables:
            for route in table["Routes"]:
                target = route.get("NatGatewayId") or route.get("GatewayId", "nowhere")
                if target != "local":
                    self._tell(table["RouteTableId"], route["DestinationCidrBlock"], "to", target)
            for association in table["Associations"]:
                self._tell(association["SubnetId"], "by", table["RouteTableId"])

    def _elbv2(self) -> None:
        client = self._account.client("elbv2")
        balancers = client.describe_load_balancers()["LoadBalancers"]
        groups = client.describe_target_groups()["TargetGroups"]
        arns = [*(one["LoadBalancerArn"] for one in balancers), *(one["TargetGroupArn"] for one in groups)]
        for arn in arns:
            (described,) = client.describe_tags(ResourceArns=[arn])["TagDescriptions"]
            self._name(arn, described["Tags"])
            self._tell(arn)
        for balancer in balancers:
            for listener in client.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
                for action in listener["DefaultActions"]:
                    self._tell(balancer["LoadBalancerArn"], "listens for", action["TargetGroupArn"])
        for group in groups:
            arn = group["TargetGroupArn"]
            for target in client.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]:
                if target["TargetHealth"]["State"] != "draining":
                    self._tell(target["Target"]["Id"], "in", arn)

    def _iam(self) -> None:
        """A role's path names its lab: /pltui/REGION/LAB/."""
        client = self._account.client("iam")
        for role in client.list_roles()["Roles"]:
            self._own(role["RoleName"], role["Path"], "role")
            for policy in client.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]:
                self._tell(role["RoleName"], "has", policy["PolicyName"])
        for profile in client.list_instance_profiles()["InstanceProfiles"]:
            self._own(profile["InstanceProfileName"], profile["Path"], "instance profile", "of", *_roles(profile))

    def _own(self, name: str, path: str, kind: str, *more: str) -> None:
        if name not in self._account.known:
            parts = path.split("/")
            self.named[name] = (parts[3], kind) if parts[1] == "pltui" else (NOBODY, f"{kind} {name}")
            self._tell(name, *more)

    def _route53(self, endpoints: dict[str, str]) -> None:
        """A zone's caller reference names its lab: pltui:LAB:REGION:ADDRESS:RANDOM. Aliases name endpoints."""
        client = self._account.client("route53")
        for zone in client.list_hosted_zones()["HostedZones"]:
            id_, name, reference = zone["Id"], zone["Name"], zone["CallerReference"].split(":")
            if id_ in self._account.known:
                continue
            lab = reference[1] if reference[0] == "pltui" else NOBODY
            self.named[id_] = lab, f"zone {name}"
            self._tell(id_, "for", *(vpc["VPCId"] for vpc in client.get_hosted_zone(Id=id_)["VPCs"]))
            for record in client.list_resource_record_sets(HostedZoneId=id_)["ResourceRecordSets"]:
                if record["Type"] not in ("NS", "SOA"):
                    target = record.get("AliasTarget", {}).get("DNSName", "").rstrip(".")
                    key = f"{id_}/{record['Name']}/{record['Type']}"
                    self.named[key] = lab, f"record {record['Name']} {record['Type']}"
                    self._tell(key, "to", endpoints.get(target, target))


def _roles(profile: dict[str, Any]) -> list[str]:
    return [role["RoleName"] for role in profile["Roles"]]
