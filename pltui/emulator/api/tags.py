"""Tags of EC2's resources: removal with the resource, and the spelling of resource types."""

from moto.ec2.models import EC2Backend

from pltui.emulator.api.filters import Filters
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto

DELETING = (
    "delete_vpc",
    "delete_subnet",
    "delete_internet_gateway",
    "delete_route_table",
    "delete_security_group",
    "delete_network_interface",
    "delete_network_acl",
    "delete_vpc_peering_connection",
    "release_address",
)


def install(lab: ApiContext) -> None:
    """Install the corrections. They come after those that may reject a deletion."""
    lab.around(EC2Backend, describe_tags, **dict.fromkeys(DELETING, delete_with_tags))


def delete_with_tags(_lab: ApiContext, moto: Moto, backend: Ec2Backend, *args: object, **named: object) -> object:
    """Remove the tags of the deleted resource; moto keeps them."""
    gone = {each for each in (*args, *named.values()) if isinstance(each, str)}
    answer = moto(backend, *args, **named)
    for resource_id in gone:
        backend.tags.pop(resource_id, None)
    return answer


def describe_tags(_lab: ApiContext, moto: Moto, backend: Ec2Backend, filters: Filters = None) -> list[dict[str, str]]:
    """Describe tags. EC2 writes `natgateway`, moto `nat-gateway`."""
    if filters and "natgateway" in filters.get("resource-type", []):
        filters = {**filters, "resource-type": [*filters["resource-type"], "nat-gateway"]}
    tags: list[dict[str, str]] = moto(backend, filters=filters)
    for tag in tags:
        if tag.get("resource_type") == "nat-gateway":
            tag["resource_type"] = "natgateway"
    return tags
