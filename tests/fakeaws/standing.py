"""All that truly exists, named as the engine names its types and ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakeaws import route53, targets
from tests.fakeaws.world import Item, Thing, World, wire


@dataclass(frozen=True, slots=True)
class Standing:
    type: str
    id: str
    tags: dict[str, str] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)


PLAIN = (
    "vpc", "subnet", "nat_gateway", "security_group", "instance", "endpoint_service", "endpoint", "load_balancer",
    "listener", "instance_profile", "parameter",
)  # fmt: skip


def standing(world: World) -> list[Standing]:
    """Not what is listed only because it was there, nor what comes and goes with a VPC or with another thing."""
    found = [_one(type_, thing) for type_ in PLAIN for thing in world.all(type_) if _lives(thing)]
    found += [_one("elastic_ip", thing) for thing in world.all("address")]
    for gateway in world.all("internet_gateway"):
        found.append(_one("internet_gateway", gateway))
        found += [
            Standing("internet_gateway_attachment", f"{gateway.id}/{one['VpcId']}", {}, one)
            for one in gateway.truth["Attachments"]
        ]
    for table in world.all("route_table"):
        found += _table(table)
    for group in world.all("target_group"):
        found.append(_one("target_group", group))
        found += [
            Standing("target_registration", f"{group.id.rpartition('/')[2]}/{instance}:{port}")
            for instance, port in targets.registered(group.truth)
        ]
    found += [one for role in world.all("role") for one in _role(role)]
    found += [one for zone in world.all("hosted_zone") for one in _zone(zone)]
    own = (eni for eni in world.all("network_interface") if not eni.truth["_holder"])
    return [*found, *(_one("network_interface", eni) for eni in own)]


def _lives(thing: Thing) -> bool:
    item = thing.truth
    if item.get("_implicit"):
        return False
    state = item.get("State")
    name = (state.get("Name") if isinstance(state, dict) else state) or ""
    return name not in ("terminated", "deleted") and not (thing.type == "nat_gateway" and name == "failed")


def _one(type_: str, thing: Thing) -> Standing:
    item = thing.truth
    return Standing(type_, thing.id, _tags(item.get("Tags") or item.get("_tags") or ()), wire(item))


def _tags(tags: Sequence[Item]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _table(table: Thing) -> Iterator[Standing]:
    item = table.truth
    if not item.get("_implicit"):
        yield _one("route_table", table)
    for route in item["Routes"]:
        if not route.get("GatewayId", "").startswith(("local", "vpce-")):
            destination = next(value for key, value in route.items() if key.startswith("Destination"))
            yield Standing("route", f"{table.id}/{destination}", {}, route)
    for one in item["Associations"]:
        if not one["Main"]:
            yield Standing("route_table_association", one["RouteTableAssociationId"], {}, one)


def _role(role: Thing) -> Iterator[Standing]:
    yield _one("role", role)
    for policy in (*role.truth["_attached"], *role.truth["_inline"]):
        yield Standing("role_policy", f"{role.id}/{policy}")


def _zone(zone: Thing) -> Iterator[Standing]:
    yield Standing("hosted_zone", zone.id, {}, {**wire(zone.truth), "VPCs": zone.truth["_vpcs"]})
    for record in route53.records(zone.truth):
        yield Standing("record", f"{zone.id}/{record['Name'].rstrip('.')}/{record['Type']}", {}, record)
