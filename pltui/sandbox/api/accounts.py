"""Smaller corrections: roles in profiles, peering of overlapping ranges, and a resource type's spelling."""

from ipaddress import ip_network
from typing import Any

from moto.ec2.models import EC2Backend
from moto.iam.exceptions import NoSuchEntity
from moto.iam.models import IAMBackend

from pltui.sandbox.api.overlay import Lab, Moto

PEERING_FAILS = 5.0
"""AWS seconds until a peering of overlapping ranges has `failed`."""


def install(lab: Lab) -> None:
    lab.around(IAMBackend, remove_role_from_instance_profile)
    lab.around(EC2Backend, create_vpc_peering_connection, describe_tags)


def remove_role_from_instance_profile(_lab: Lab, moto: Moto, backend: Any, profile_name: str, role_name: str) -> None:
    if all(role.name != role_name for role in backend.get_instance_profile(profile_name).roles):
        raise NoSuchEntity(f"Role {role_name} in instance profile {profile_name} cannot be found.")
    moto(backend, profile_name, role_name)


def create_vpc_peering_connection(
    lab: Lab, moto: Moto, backend: Any, vpc: Any, peer_vpc: Any, tags: dict[str, str] | None = None
) -> Any:
    """Overlapping ranges are not refused: the connection fails on its own (VPC peering guide, lifecycle)."""
    peering = moto(backend, vpc, peer_vpc, tags)
    if ip_network(vpc.cidr_block).overlaps(ip_network(peer_vpc.cidr_block)):
        peering._status.initiating()
        lab.agenda.after(PEERING_FAILS, peering.id, lambda: _fail(peering))
    return peering


def _fail(peering: Any) -> None:
    status = peering._status
    status.code = "failed"
    status.message = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"


def describe_tags(_lab: Lab, moto: Moto, backend: Any, filters: Any = None) -> list[dict[str, str]]:
    """EC2 writes `natgateway`; moto `nat-gateway`."""
    if filters and "natgateway" in filters.get("resource-type", []):
        filters = {**filters, "resource-type": [*filters["resource-type"], "nat-gateway"]}
    tags: list[dict[str, str]] = moto(backend, filters=filters)
    for tag in tags:
        if tag.get("resource_type") == "nat-gateway":
            tag["resource_type"] = "natgateway"
    return tags
