"""Each state that a service has for a resource, and what it comes to: a new one fails here until it is mapped."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.session import get_session

from pltui.engine.model import Observed, State
from pltui.resources import (
    endpoint,
    endpoint_service,
    instance,
    internet_gateway_attachment,
    load_balancer,
    nat_gateway,
    route,
    route_table_association,
    subnet,
    target_registration,
    vpc,
)

READY, PENDING, DELETING, FAILED, GONE = State.READY, State.PENDING, State.DELETING, State.FAILED, None
Sight = Callable[[str], Observed | None]


def _route(state: str) -> Observed:
    return route._parse_route({"RouteTableId": "rtb-1"}, {"DestinationCidrBlock": "0.0.0.0/0", "State": state})


def _association(state: str) -> Observed | None:
    item = {"RouteTableAssociationId": "rtbassoc-1", "SubnetId": "subnet-1", "RouteTableId": "rtb-1"}
    return route_table_association._parse_association("provider/subnet", {**item, "AssociationState": {"State": state}})


def _endpoint(state: str) -> Observed | None:
    return endpoint._parse_endpoint({"State": state, "VpcEndpointId": "vpce-1", "VpcId": "vpc-1"})


def _service(state: str) -> Observed | None:
    item = {"ServiceId": "vpce-svc-1", "ServiceName": "x", "AcceptanceRequired": False, "ServiceState": state}
    return endpoint_service._parse_service(item)


def _instance(state: str) -> Observed | None:
    return instance._parse_instance({"InstanceId": "i-1", "InstanceType": "t3.micro", "State": {"Name": state}}, None)


def _balancer(state: str) -> Observed:
    item = {"LoadBalancerArn": "arn", "LoadBalancerName": "x", "Type": "network", "AvailabilityZones": []}
    return load_balancer._parse_load_balancer({**item, "State": {"Code": state}}, {})


def _target(state: str, *, served: bool = True) -> Observed:
    return target_registration._parse_registration(
        "address", "arn", {"Target": {"Id": "i-1", "Port": 80}, "TargetHealth": {"State": state}}, None, served=served
    )


def _unserved(state: str) -> Observed:
    return _target(state, served=False)


TARGETS = {
    "initial": PENDING, "healthy": READY, "unhealthy": PENDING, "unhealthy.draining": PENDING, "draining": PENDING,
    "unavailable": PENDING,
}  # fmt: skip

# Service, shape of its model, a resource in that state, and what each value comes to.
TABLE: Mapping[str, tuple[str, str, Sight, Mapping[str, State | None]]] = {
    "vpc": (
        "ec2", "VpcState", lambda s: vpc._parse_vpc({"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "State": s}, {}),
        {"pending": PENDING, "available": READY, "deleting": DELETING},
    ),
    "subnet": (
        "ec2", "SubnetState",
        lambda s: subnet._parse_subnet({"SubnetId": "subnet-1", "VpcId": "vpc-1", "AvailabilityZone": "a", "State": s}),
        {
            "pending": PENDING, "available": READY, "unavailable": PENDING, "failed": FAILED,
            "failed-insufficient-capacity": FAILED,
        },
    ),
    "route": ("ec2", "RouteState", _route, {"active": READY, "blackhole": PENDING, "filtered": FAILED}),
    "route_table_association": (
        "ec2", "RouteTableAssociationStateCode", _association,
        {
            "associating": PENDING, "associated": READY, "disassociating": DELETING, "disassociated": GONE,
            "failed": FAILED,
        },
    ),
    "internet_gateway_attachment": (
        "ec2", "AttachmentStatus",
        lambda s: internet_gateway_attachment._parse_attachment(
            {"InternetGatewayId": "igw-1"}, {"VpcId": "vpc-1", "State": s}
        ),
        {"attaching": PENDING, "attached": READY, "detaching": DELETING, "detached": GONE},
    ),
    "nat_gateway": (
        "ec2", "NatGatewayState", lambda s: nat_gateway._parse_gateway({"NatGatewayId": "nat-1", "State": s}),
        {"pending": PENDING, "available": READY, "deleting": DELETING, "failed": FAILED, "deleted": GONE},
    ),
    "endpoint": (
        "ec2", "State", _endpoint,
        {
            "PendingAcceptance": PENDING, "Pending": PENDING, "Available": READY, "Deleting": DELETING,
            "Deleted": GONE, "Rejected": FAILED, "Failed": FAILED, "Expired": FAILED, "Partial": FAILED,
        },
    ),
    "endpoint_service": (
        "ec2", "ServiceState", _service,
        {"Pending": PENDING, "Available": READY, "Deleting": DELETING, "Deleted": GONE, "Failed": FAILED},
    ),
    "instance": (
        "ec2", "InstanceStateName", _instance,
        {
            "pending": PENDING, "running": READY, "shutting-down": DELETING, "terminated": GONE,
            "stopping": PENDING, "stopped": READY,
        },
    ),
    "load_balancer": (
        "elbv2", "LoadBalancerStateEnum", _balancer,
        {"provisioning": PENDING, "active": READY, "active_impaired": READY, "failed": FAILED},
    ),
    "target": ("elbv2", "TargetHealthStateEnum", _target, {**TARGETS, "unused": PENDING}),
    "target elsewhere": ("elbv2", "TargetHealthStateEnum", _unserved, {**TARGETS, "unused": READY}),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_each_state_of_the_service_is_mapped(name: str) -> None:
    service, shape, see, table = TABLE[name]
    model: Any = get_session().get_service_model(service).shape_for(shape)
    assert set(model.enum) == table.keys()
    assert {value: observed.state if (observed := see(value)) else None for value in table} == table


@pytest.mark.parametrize("name", TABLE)
def test_a_state_that_is_not_known_yet_is_waited_for(name: str) -> None:
    _, _, see, _ = TABLE[name]
    observed = see("reticulating")
    assert observed
    assert observed.state is PENDING
