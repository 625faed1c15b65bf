"""Whether a lab works, read off the truth of the cloud, with what its services keep to themselves."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from pltui.engine.model import Desired, Ref, options
from pltui.topology.naming import zone_comment
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.targets import describe_target_health, registered
from tests.fakeaws.world import Item

CROSS_ZONE, PROTECTION = "load_balancing.cross_zone.enabled", "deletion_protection.enabled"


def assert_works(cloud: FakeAws, lab: str, all_desired: Collection[Desired]) -> None:
    """Everything wanted is there, leads where it should, and works.

    The switch is as wanted, the listener leads to the group, whose targets are the lab's own servers and healthy; the
    endpoints of the lab's service are available, and private names lead to them; each network has its ways out.
    """
    cloud.standing()  # time is brought up to now
    found = Lab(cloud, lab)
    for desired in all_desired:
        if check := CHECKS.get(desired.kind):
            for what, (is_, should) in check(found, desired).items():
                assert is_ == should, f"{desired.address}: {what} is {is_!r}, not {should!r}"


def switch(cloud: FakeAws, lab: str) -> bool | None:
    """The load balancer's; None while there is none."""
    cloud.standing()
    balancer = Lab(cloud, lab).items.get("provider/load-balancer")
    return None if balancer is None else balancer["_attributes"][CROSS_ZONE] == "true"


class Lab:
    """What truly stands of a lab, by address."""

    def __init__(self, cloud: FakeAws, lab: str) -> None:
        self.world = cloud.world
        self.items: dict[str, Item] = {}
        self.ids: dict[str, str] = {}
        self.records = [one for one in cloud.standing() if one.type == "record"]
        for one in cloud.standing():
            type_ = {"elastic_ip": "address"}.get(one.type, one.type)
            address = one.tags.get("pltui:address", "") if one.tags.get("pltui:lab") == lab else ""
            if one.type == "hosted_zone":
                comment = one.detail["Config"].get("Comment", "")
                address = comment.rpartition("=")[2]
                address = address if comment == zone_comment(lab, address) else ""
            if address and one.type != "parameter" and (thing := self.world.get(type_, one.id)):
                self.items[address], self.ids[address] = thing.truth, one.id

    def id(self, value: Any) -> Any:
        """What a wanted value is here: a Ref is the id of what it refers to, or that attribute of it."""
        if isinstance(value, Ref):
            assert value.address in self.items, f"{value.address} is not there"
            return self._attribute(value)
        return {self.id(one) for one in value} if isinstance(value, frozenset) else value

    def _attribute(self, ref: Ref) -> str:
        item = self.items[ref.address]
        match ref.attribute:
            case "service_name":
                return str(item["ServiceName"])
            case "dns_name":
                return str(item["DnsEntries"][0]["DnsName"])
            case "dns_zone":
                return str(item["DnsEntries"][0]["HostedZoneId"])
        return self.ids[ref.address]

    def of(self, desired: Desired) -> Item:
        return self.items[desired.address] if desired.address in self.items else _missing(desired)


def _missing(desired: Desired) -> Item:
    raise AssertionError(f"{desired.address} is not there")


Facts = Mapping[str, tuple[Any, Any]]  # by what: as it is, as it should be


def _vpc(lab: Lab, desired: Desired) -> Facts:
    item = lab.of(desired)
    return {
        "its CIDR": (item["CidrBlock"], desired.spec["cidr"]),
        "DNS support": (item["_EnableDnsSupport"], True),
        "DNS host names": (item["_EnableDnsHostnames"], True),
    }


def _subnet(lab: Lab, desired: Desired) -> Facts:
    item, spec = lab.of(desired), desired.spec
    return {
        "its VPC": (item["VpcId"], lab.id(spec["vpc"])),
        "its CIDR": (item["CidrBlock"], spec["cidr"]),
        "its zone": (item["AvailabilityZone"], spec["zone"]),
        "giving public addresses": (item["MapPublicIpOnLaunch"], False),
    }


def _attachment(lab: Lab, desired: Desired) -> Facts:
    gateway = lab.world.ref("internet_gateway", lab.id(desired.spec["gateway"])).truth
    return {"what it is attached to": ([one["VpcId"] for one in gateway["Attachments"]], [lab.id(desired.spec["vpc"])])}


def _nat(lab: Lab, desired: Desired) -> Facts:
    item = lab.of(desired)
    return {
        "its state": (item["State"], "available"),
        "its subnet": (item["SubnetId"], lab.id(desired.spec["subnet"])),
        "its address": (
            [one["AllocationId"] for one in item["NatGatewayAddresses"]], [lab.id(desired.spec["allocation"])],
        ),
    }  # fmt: skip


def _route(lab: Lab, desired: Desired) -> Facts:
    """It leads to the gateway of its own VPC."""
    table = lab.world.ref("route_table", lab.id(desired.spec["table"])).truth
    target = lab.id(desired.spec["target"])
    gateway = lab.items[desired.spec["target"].address]
    vpcs = {one["VpcId"] for one in gateway["Attachments"]} if "Attachments" in gateway else {gateway["VpcId"]}
    led = [
        (route.get("GatewayId") or route.get("NatGatewayId"), route["State"])
        for route in table["Routes"]
        if route.get("DestinationCidrBlock") == desired.spec["destination"]
    ]
    return {"where it leads": (led, [(target, "active")]), "the VPC it leads out of": (vpcs, {table["VpcId"]})}


def _association(lab: Lab, desired: Desired) -> Facts:
    subnet = lab.id(desired.spec["subnet"])
    tables = [
        table.id
        for table in lab.world.all("route_table")
        for one in table.truth["Associations"]
        if one.get("SubnetId") == subnet
    ]
    return {"its table": (tables, [lab.id(desired.spec["table"])])}


def _group(lab: Lab, desired: Desired) -> Facts:
    item = lab.of(desired)
    return {
        "its VPC": (item["VpcId"], lab.id(desired.spec["vpc"])),
        "what it lets in": (_rules(item["IpPermissions"], "from"), set(desired.spec["ingress"])),
        "what it lets out": (_rules(item["IpPermissionsEgress"], "to"), set(desired.spec["egress"])),
    }


def _rules(permissions: Iterable[Item], way: str) -> set[str]:
    return {
        ("all" if one["IpProtocol"] == "-1" else f"{one['IpProtocol']}/{one['FromPort']}")
        + f" {way} {peer['CidrIp']}"
        + ("" if one.get("FromPort") == one.get("ToPort") else f" up to port {one['ToPort']}")
        for one in permissions
        for peer in one["IpRanges"]
    }


def _instance(lab: Lab, desired: Desired) -> Facts:
    item, spec = lab.of(desired), desired.spec
    profile = item.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2]
    subnets = {lab.id(one) for one in options(spec["subnet"])}
    return {
        "its state": (item["State"]["Name"], "running"),
        "whether its subnet is one of those desired": (item["SubnetId"] in subnets, True),
        "its groups": ({one["GroupId"] for one in item["SecurityGroups"]}, lab.id(spec["groups"])),
        "its profile": (profile, lab.id(spec.get("profile", profile))),
        "its metadata service": (item["MetadataOptions"]["HttpTokens"], "required"),
    }


def _balancer(lab: Lab, desired: Desired) -> Facts:
    item, spec = lab.of(desired), desired.spec
    return {
        "its name": (item["LoadBalancerName"], spec["name"]),
        "its state": (item["State"]["Code"], "active"),
        "its scheme": (item["Scheme"], spec["scheme"]),
        "its subnets": ({one["SubnetId"] for one in item["_zones"]}, lab.id(spec["subnets"])),
        "the switch": (item["_attributes"][CROSS_ZONE], str(spec["cross_zone"]).lower()),
        "its deletion protection": (item["_attributes"][PROTECTION], "false"),
    }


def _listener(lab: Lab, desired: Desired) -> Facts:
    item, spec = lab.of(desired), desired.spec
    led = [(action["Type"], action.get("TargetGroupArn")) for action in item["DefaultActions"]]
    return {
        "its load balancer": (item["LoadBalancerArn"], lab.id(spec["load_balancer"])),
        "its port": ((item["Protocol"], item["Port"]), (spec["protocol"], spec["port"])),
        "where it leads": (led, [("forward", lab.id(spec["target_group"]))]),
    }


def _targets(lab: Lab, desired: Desired) -> Facts:
    item, spec = lab.of(desired), desired.spec
    servers = {id_ for address, id_ in lab.ids.items() if address.startswith("provider/server-")}
    return {
        "its VPC": (item["VpcId"], lab.id(spec["vpc"])),
        "its port": ((item["Protocol"], item["Port"]), (spec["protocol"], spec["port"])),
        "its own switch": (item["_attributes"][CROSS_ZONE], spec["cross_zone"]),
        "its targets": ({instance for instance, _ in registered(item)}, servers),
        "its load balancers": (item["LoadBalancerArns"], [lab.ids["provider/load-balancer"]]),
    }


def _registration(lab: Lab, desired: Desired) -> Facts:
    """Where its zone is not enabled a target is not used."""
    target = {"Id": lab.id(desired.spec["instance"]), "Port": desired.spec["port"]}
    answer = describe_target_health(lab.world, {"TargetGroupArn": lab.id(desired.spec["group"]), "Targets": [target]})
    [health] = answer["TargetHealthDescriptions"]
    return {"its health": (health["TargetHealth"]["State"], "healthy" if desired.spec["served"] else "unused")}


def _service(lab: Lab, desired: Desired) -> Facts:
    item, spec = lab.of(desired), desired.spec
    return {
        "its state": (item["ServiceState"], "Available"),
        "its load balancers": (set(item["NetworkLoadBalancerArns"]), lab.id(spec["load_balancers"])),
        "its asking to be accepted": (item["AcceptanceRequired"], spec["acceptance_required"]),
    }


def _endpoint(lab: Lab, desired: Desired) -> Facts:
    item, spec = lab.of(desired), desired.spec
    return {
        "its state": (item["State"], "available"),
        "its VPC": (item["VpcId"], lab.id(spec["vpc"])),
        "its service": (item["ServiceName"], lab.id(spec["service"])),
        "its subnets": (set(item["SubnetIds"]), lab.id(spec["subnets"])),
        "its groups": ({one["GroupId"] for one in item["Groups"]}, lab.id(spec["groups"])),
    }


def _zone(lab: Lab, desired: Desired) -> Facts:
    item = lab.of(desired)
    return {
        "its name": (item["Name"].rstrip("."), desired.spec["name"]),
        "its VPCs": ({one["VPCId"] for one in item["_vpcs"]}, lab.id(desired.spec["vpcs"])),
    }


def _record(lab: Lab, desired: Desired) -> Facts:
    spec = desired.spec
    zone = lab.id(spec["zone"])
    led = [
        (one.detail["AliasTarget"]["DNSName"].rstrip("."), one.detail["AliasTarget"]["HostedZoneId"])
        for one in lab.records
        if one.id == f"{zone}/{spec['name']}/{spec['type']}"
    ]
    return {"where it leads": (led, [(lab.id(spec["target"]), lab.id(spec["target_zone"]))])}


def _role(lab: Lab, desired: Desired) -> Facts:
    trust = lab.of(desired)["AssumeRolePolicyDocument"]
    trust = json.loads(trust) if isinstance(trust, str) else trust
    return {"who may take it on": (trust, json.loads(desired.spec["trust"]))}


def _policy(lab: Lab, desired: Desired) -> Facts:
    role = lab.items[desired.spec["role"].address]
    return {"what it may do": (([*role["_attached"]], [*role["_inline"]]), ([desired.spec["policy"]], []))}


def _profile(lab: Lab, desired: Desired) -> Facts:
    return {"its roles": ([*lab.of(desired)["_roles"]], [lab.id(desired.spec["role"])])}


CHECKS: Mapping[str, Callable[[Lab, Desired], Facts]] = {
    "vpc": _vpc, "subnet": _subnet, "internet_gateway_attachment": _attachment, "nat_gateway": _nat, "route": _route,
    "route_table_association": _association, "security_group": _group, "instance": _instance,
    "load_balancer": _balancer, "listener": _listener, "target_group": _targets,
    "target_registration": _registration, "endpoint_service": _service, "endpoint": _endpoint, "hosted_zone": _zone,
    "record": _record, "role": _role, "role_policy": _policy, "instance_profile": _profile,
}  # fmt: skip
