"""Tags of EC2's resources: removal with the resource, and the spelling of resource types."""

from collections.abc import Iterator

from moto.ec2.models import EC2Backend
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from pltui.emulator.api.filters import Filters
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto

_SPELLING = {"nat-gateway": "natgateway"}  # moto's -> EC2's
_WILDCARDS = frozenset("*?\\")
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


def _tags_of(backend: Ec2Backend, resource_id: str) -> Iterator[dict[str, str]]:
    tags = backend.tags.get(resource_id)
    if tags:
        resource_type = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource_id), "")
        kind = _SPELLING.get(resource_type, resource_type)
        for key, value in tags.items():
            yield {"resource_id": resource_id, "key": key, "value": value, "resource_type": kind}


def describe_tags(_lab: ApiContext, moto: Moto, backend: Ec2Backend, filters: Filters = None) -> list[dict[str, str]]:
    """Describe tags. EC2 writes `natgateway`, moto `nat-gateway`.

    moto asks for the tags of each resource that it shows or filters, and looks for them among all tags.
    """
    if filters and filters.keys() == {"resource-id"} and not _WILDCARDS.intersection("".join(filters["resource-id"])):
        return [tag for resource_id in dict.fromkeys(filters["resource-id"]) for tag in _tags_of(backend, resource_id)]
    if filters and "natgateway" in filters.get("resource-type", []):
        filters = {**filters, "resource-type": [*filters["resource-type"], "nat-gateway"]}
    tags: list[dict[str, str]] = moto(backend, filters=filters)
    for tag in tags:
        tag["resource_type"] = _SPELLING.get(tag["resource_type"], tag["resource_type"])
    return tags
