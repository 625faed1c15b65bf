"""What somebody else may do to a lab: every kind of drift, by plain API calls of their own."""

from collections.abc import Iterator, Mapping
from typing import Any

from pltui.aws.transport import ErrorAnswer
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.standing import Standing

SESSION_MANAGER = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def _switch(key: str, value: str) -> dict[str, Any]:
    return {"Attributes": [{"Key": key, "Value": value}]}


# By type: (what, service, operation, the parameter that takes the id, the others). A parameter that takes a list of
# ids ends in s.
DEEDS: Mapping[str, list[tuple[str, str, str, str, dict[str, Any]]]] = {
    "vpc": [("dns off", "ec2", "ModifyVpcAttribute", "VpcId", {"EnableDnsHostnames": {"Value": False}})],
    "security_group": [("deleted", "ec2", "DeleteSecurityGroup", "GroupId", {})],
    "instance": [
        ("terminated", "ec2", "TerminateInstances", "InstanceIds", {}),
        ("stopped", "ec2", "StopInstances", "InstanceIds", {}),
    ],
    "route_table": [("emptied", "ec2", "DeleteRoute", "RouteTableId", {"DestinationCidrBlock": "0.0.0.0/0"})],
    "nat_gateway": [("deleted", "ec2", "DeleteNatGateway", "NatGatewayId", {})],
    "endpoint": [("deleted", "ec2", "DeleteVpcEndpoints", "VpcEndpointIds", {})],
    "endpoint_service": [
        ("acceptance", "ec2", "ModifyVpcEndpointServiceConfiguration", "ServiceId", {"AcceptanceRequired": True}),
        ("deleted", "ec2", "DeleteVpcEndpointServiceConfigurations", "ServiceIds", {}),
    ],
    "load_balancer": [
        *(
            (f"{key} {value}", "elbv2", "ModifyLoadBalancerAttributes", "LoadBalancerArn", _switch(key, value))
            for key in ("load_balancing.cross_zone.enabled", "deletion_protection.enabled")
            for value in ("true", "false")
        ),
        ("deleted", "elbv2", "DeleteLoadBalancer", "LoadBalancerArn", {}),
    ],
    "listener": [("deleted", "elbv2", "DeleteListener", "ListenerArn", {})],
    "target_group": [
        (
            "own switch", "elbv2", "ModifyTargetGroupAttributes", "TargetGroupArn",
            _switch("load_balancing.cross_zone.enabled", "false"),
        ),
    ],
    "role": [("policy off", "iam", "DetachRolePolicy", "RoleName", {"PolicyArn": SESSION_MANAGER})],
    **{
        type_: [("renamed", "ec2", "CreateTags", "Resources", {"Tags": [{"Key": "Name", "Value": "other"}]})]
        for type_ in ("elastic_ip", "internet_gateway", "subnet")
    },
}  # fmt: skip

Deed = tuple[str, str, str, dict[str, Any]]


async def drift(cloud: FakeAws, number: int, lab: str) -> str:
    """The `number`th deed of those possible now, around and around; what it was. AWS may refuse it."""
    ours = (one for one in cloud.standing() if one.tags.get("pltui:lab") == lab and one.type != "parameter")
    deeds = sorted((deed for one in ours for deed in _done_to(one)), key=lambda deed: deed[0])
    if not deeds:
        return "nothing to meddle with"
    what, service, operation, parameters = deeds[number % len(deeds)]
    try:
        await cloud.hand(service, operation, **parameters)
    except ErrorAnswer as refused:
        return f"{what}: {refused}"
    return what


def _done_to(one: Standing) -> Iterator[Deed]:
    where = one.tags["pltui:address"]
    for what, service, operation, name, more in DEEDS.get(one.type, ()):
        id_: Any = [one.id] if name.endswith("s") else one.id
        yield f"{where} {what}", service, operation, {name: id_, **more}
    if one.type == "security_group":
        for way, key in (("Ingress", "IpPermissions"), ("Egress", "IpPermissionsEgress")):
            if rules := one.detail.get(key):
                parameters = {"GroupId": one.id, "IpPermissions": rules}
                yield f"{where} closed {way}", "ec2", f"RevokeSecurityGroup{way}", parameters
    for association in one.detail.get("Associations", []) if one.type == "route_table" else []:
        id_ = association["RouteTableAssociationId"]
        yield f"{where} let go {id_}", "ec2", "DisassociateRouteTable", {"AssociationId": id_}
