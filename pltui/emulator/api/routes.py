"""Route tables: valid targets of routes, blackholes, and one table per subnet."""

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.route_tables import Route
from moto.ec2.responses import EC2Response

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.calls import Ec2Call, parameter, required_text
from pltui.emulator.moto_adapter.ec2 import MotoRoute, MotoRouteTable, MotoSubnet, associations_of
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto, Structure

TARGETS = (
    "gateway_id",
    "nat_gateway_id",
    "instance_id",
    "interface_id",
    "vpc_peering_connection_id",
    "transit_gateway_id",
    "egress_only_igw_id",
)
GONE = ("deleting", "deleted", "failed")
"""States in which a NAT gateway carries no traffic."""


def install(lab: ApiContext) -> None:
    """Install the corrections of routes and route tables."""
    lab.replace(Route, "state", property(_state))
    lab.around(EC2Backend, create_route, replace_route, delete_route_table, modify_vpc_endpoint)
    lab.around(EC2Response, delete_route, search_transit_gateway_routes)
    lab.around(EC2Backend, associate_route_table, disassociate_route_table)


def table_of(backend: Ec2Backend, subnet: MotoSubnet) -> MotoRouteTable:
    """The route table of a subnet: its own, or the VPC's main one (VPC user guide, route tables)."""
    tables = [table for table in backend.route_tables.values() if table.vpc_id == subnet.vpc_id]
    own = (table for table in tables if subnet.id in associations_of(table).values())
    return next(own, None) or next(table for table in tables if table.main_association_id)


def _state(route: MotoRoute) -> str:
    """`blackhole` if the target is detached or deleted (EC2 API reference, Route)."""
    backend, vpc_id = route.route_table.ec2_backend, route.route_table.vpc_id
    if route.nat_gateway is not None:
        return "blackhole" if route.nat_gateway.state in GONE else "active"
    if route.gateway is not None and route.gateway.id.startswith("igw-"):
        attached = route.gateway.vpc is not None and route.gateway.vpc.id == vpc_id
        return "active" if attached and route.gateway.id in backend.internet_gateways else "blackhole"
    if route.interface is not None:
        return "active" if route.interface.id in backend.enis else "blackhole"
    return "active"


def create_route(
    _lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    route_table_id: str,
    destination_cidr_block: str | None,
    *args: object,
    **more: object,
) -> object:
    """Create a route; an identical one is accepted (believed).

    Raises:
        EC2ClientError: RouteAlreadyExists for a local route (EC2 error codes), InvalidParameterValue or
            NatGatewayNotFound for an invalid target.
    """
    settings: Structure = dict(more)
    table = backend.get_route_table(route_table_id)
    _check_target(backend, table, settings)
    existing = _existing(table, destination_cidr_block)
    if existing and not existing.local and all(_leads_to(existing, name, settings.get(name)) for name in TARGETS):
        return existing
    if existing and existing.local and not settings.get("local"):
        raise ec2_error("RouteAlreadyExists", f"The route identified by {destination_cidr_block} already exists.")
    return moto(backend, route_table_id, destination_cidr_block, *args, **settings)


def _existing(table: MotoRouteTable, cidr: str | None) -> MotoRoute | None:
    return next((route for route in table.routes if cidr and route.destination_cidr_block == cidr), None)


def _leads_to(route: MotoRoute, name: str, wanted: str | None) -> bool:
    shown = {"interface_id": "network_interface_id", "egress_only_igw_id": "egress_only_internet_gateway_id"}
    return bool(getattr(route, shown.get(name, name)) == wanted)


def replace_route(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, route_table_id: str, *args: object, **settings: object
) -> object:
    """Replace a route, with a valid target only."""
    table = backend.get_route_table(route_table_id)
    named = dict(zip(("nat_gateway_id", "egress_only_igw_id", "transit_gateway_id"), args[3:], strict=False))
    _check_target(backend, table, {**named, **settings})
    return moto(backend, route_table_id, *args, **settings)


def _check_target(backend: Ec2Backend, table: MotoRouteTable, settings: Structure) -> None:
    gateway_id, nat_id = settings.get("gateway_id"), settings.get("nat_gateway_id")
    if gateway_id and gateway_id.startswith("igw-"):
        gateway = backend.get_internet_gateway(gateway_id)
        if gateway.vpc is None or gateway.vpc.id != table.vpc_id:
            raise _foreign(table, gateway_id)
    if nat_id:
        nat_gateway = backend.nat_gateways.get(nat_id)
        if nat_gateway is None or nat_gateway.state in ("deleted", "failed"):
            raise ec2_error("NatGatewayNotFound", f"NAT gateway {nat_id} was not found")
        if nat_gateway.vpc_id != table.vpc_id:
            raise _foreign(table, nat_id)


def _foreign(table: MotoRouteTable, target: str) -> Exception:
    return ec2_error(
        "InvalidParameterValue", f"route table {table.id} and network gateway {target} belong to different networks"
    )


def delete_route(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Delete a route.

    A local route (VPC user guide, route tables) is removed only with its CIDR block of the VPC.

    Raises:
        EC2ClientError: InvalidParameterValue for a local route, or one of a gateway endpoint.
    """
    table_id, cidr = required_text(response, "RouteTableId"), parameter(response, "DestinationCidrBlock")
    table = response.ec2_backend.get_route_table(table_id)
    existing = _existing(table, cidr)
    if existing and existing.local:
        raise ec2_error("InvalidParameterValue", f"cannot remove local route {cidr} in route table {table_id}")
    prefix_list = parameter(response, "DestinationPrefixListId")
    if any(prefix_list and _of_endpoint(route) == prefix_list for route in table.routes):
        # Believed: code and wording, by those of the local route.
        raise ec2_error(
            "InvalidParameterValue", f"cannot remove VPC endpoint route {prefix_list} in route table {table_id}"
        )
    return moto(response)


def _of_endpoint(route: MotoRoute) -> str | None:
    """The prefix list of a route that a gateway endpoint has created; None for other routes."""
    return route.destination_prefix_list_id if (route.gateway_id or "").startswith("vpce-") else None


def modify_vpc_endpoint(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, vpc_id: str, *args: object, **changes: object
) -> None:
    """Update the routes of a gateway endpoint, one in each of its tables; `vpc_id` is the endpoint's id."""
    moto(backend, vpc_id, *args, **changes)
    endpoint = backend.vpc_end_points[vpc_id]
    if endpoint.vpc_endpoint_type != "Gateway" or not endpoint.destination_prefix_list_id:
        return
    where = {"gateway_id": vpc_id, "destination_prefix_list_id": endpoint.destination_prefix_list_id}
    there = [
        table for table in backend.route_tables.values() if any(route.gateway_id == vpc_id for route in table.routes)
    ]
    for table in there:
        if table.id not in endpoint.route_table_ids:
            backend.delete_route(table.id, endpoint.destination_prefix_list_id)
    for table_id in endpoint.route_table_ids:
        if table_id not in {table.id for table in there}:
            backend.create_route(table_id, None, **where)


def delete_route_table(_lab: ApiContext, moto: Moto, backend: Ec2Backend, route_table_id: str) -> object:
    """Delete a table and its routes; gateway endpoints neither prevent it, nor keep the table's id."""
    table = moto(backend, route_table_id)
    for endpoint in backend.vpc_end_points.values():
        endpoint.route_table_ids = [each for each in endpoint.route_table_ids or [] if each != route_table_id]
    return table


def search_transit_gateway_routes(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Return all routes, to be cut to pages like every list: moto fails with MaxResults."""
    response.params.pop("MaxResults", None)
    return ActionResult({"Routes": moto(response).result["routeSet"], "AdditionalRoutesAvailable": False})


def associate_route_table(
    _lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    route_table_id: str,
    gateway_id: str | None = None,
    subnet_id: str | None = None,
) -> object:
    """Associate a table with a subnet, which has one association at most. The message is one that practitioners report.

    Raises:
        EC2ClientError: Resource.AlreadyAssociated, also for the same table (EC2 error codes), InvalidParameterValue for
            another VPC.
    """
    table = backend.get_route_table(route_table_id)
    if subnet_id:
        subnet = backend.get_subnet(subnet_id)
        if subnet.vpc_id != table.vpc_id:
            raise ec2_error(
                "InvalidParameterValue", f"Route table {table.id} and subnet {subnet_id} belong to different networks"
            )
        if any(subnet_id in associations_of(other).values() for other in backend.route_tables.values()):
            raise ec2_error(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {table.id} conflicts with an existing association",
            )
    return moto(backend, route_table_id, gateway_id, subnet_id)


def disassociate_route_table(_lab: ApiContext, moto: Moto, backend: Ec2Backend, association_id: str) -> object:
    """Remove an association.

    Raises:
        EC2ClientError: InvalidParameterValue for that of the main table.
    """
    for table in backend.route_tables.values():
        if table.main_association_id == association_id:
            raise ec2_error(
                "InvalidParameterValue", f"cannot disassociate the main route table association {association_id}"
            )
    return moto(backend, association_id)
