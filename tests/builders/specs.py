"""The privatelink lab as the screen's tests have it: its spec, what is desired, and how it comes alive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pltui import topology
from pltui.engine.model import Desired
from pltui.spec import load
from pltui.spec.model import Experiment, Spec
from tests.builders.spec_network import ZONES as REGION_ZONES

PRIVATELINK = load(Path(__file__).parents[2] / "specs/privatelink.yaml")
REGION = topology.Region("ap-northeast-1", REGION_ZONES)
ZONES = tuple(zone.name for zone in REGION_ZONES[:3])


def spec(name: str = "privatelink", consumers: tuple[str, ...] = ("consumer",), cross_zone: bool = True) -> Spec:
    """Consumer number n has its endpoint in subnet n."""
    (usual,) = PRIVATELINK.consumers.values()
    parts = {
        who: replace(usual, name=who, endpoint=replace(usual.endpoint, subnets=(number,)))
        for number, who in enumerate(consumers, 1)
    }
    balancer = replace(PRIVATELINK.provider.load_balancer, cross_zone=cross_zone)
    provider = replace(PRIVATELINK.provider, load_balancer=balancer)
    zonal = Experiment("zonal", False, {who: part.endpoint.subnets for who, part in parts.items()})
    return replace(PRIVATELINK, name=name, provider=provider, consumers=parts, experiments=(zonal,))


def all_desired(of: Spec) -> tuple[Desired, ...]:
    return topology.all_desired(of, REGION)


# Kinds in the order a lab is made; each wave is one step.
WAVES = (
    {"vpc", "internet_gateway", "elastic_ip", "role", "target_group", "hosted_zone"},
    {"subnet", "security_group", "route_table", "internet_gateway_attachment", "role_policy", "instance_profile"},
    {"nat_gateway", "instance", "load_balancer", "route_table_association"},
    {"route", "target_registration", "listener", "endpoint_service"},
    {"endpoint"},
    {"record"},
)
SLOW = {"nat_gateway": "pending", "instance": "pending", "load_balancer": "provisioning", "endpoint": "pending"}
STATUS = {"nat_gateway": "available", "instance": "running", "load_balancer": "active", "endpoint": "available"}
STATUS |= {"vpc": "available", "subnet": "available", "endpoint_service": "Available", "target_registration": "healthy"}
IDS = {"subnet": "subnet", "instance": "i", "nat_gateway": "nat", "elastic_ip": "eipalloc", "endpoint": "vpce"}
IDS |= {"security_group": "sg", "route_table": "rtb", "internet_gateway": "igw", "endpoint_service": "vpce-svc"}
