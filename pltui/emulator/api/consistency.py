"""Injected lag of reads: a new resource is not found at first (EC2 API guide, eventual consistency).

The ids in a create's response are kept for the duration of the fault; until then a describe that names one is NotFound,
and one that lists omits it.
"""

import re
from collections.abc import Iterator, Mapping

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.values import Result, Structure

MAKING: Mapping[str, str] = {
    "CreateVpc": "vpc",
    "CreateSubnet": "subnet",
    "CreateSecurityGroup": "sg",
    "CreateInternetGateway": "igw",
    "AllocateAddress": "eipalloc",
    "CreateNatGateway": "nat",
    "CreateRouteTable": "rtb",
    "RunInstances": "i",
    "CreateNetworkInterface": "eni",
    "CreateVpcEndpoint": "vpce",
    "CreateVpcEndpointServiceConfiguration": "vpce-svc",
    "CreateVpcPeeringConnection": "pcx",
    "CreateNetworkAcl": "acl",
}
"""The prefix of the ids that a call creates: its response contains other ids too."""

ID = re.compile(r"(?<=>)([a-z]+(?:-[a-z]+)*)-[0-9a-f]{8,17}(?=<)")
"""The id of an EC2 resource, as the text of an XML element."""

NOT_FOUND: Mapping[str, str] = {
    "vpc": "InvalidVpcID.NotFound",
    "subnet": "InvalidSubnetID.NotFound",
    "sg": "InvalidGroup.NotFound",
    "igw": "InvalidInternetGatewayID.NotFound",
    "eipalloc": "InvalidAllocationID.NotFound",
    "nat": "NatGatewayNotFound",
    "rtb": "InvalidRouteTableID.NotFound",
    "i": "InvalidInstanceID.NotFound",
    "eni": "InvalidNetworkInterfaceID.NotFound",
    "vpce": "InvalidVpcEndpointId.NotFound",
    "vpce-svc": "InvalidVpcEndpointServiceId.NotFound",
    "pcx": "InvalidVpcPeeringConnectionID.NotFound",
    "acl": "InvalidNetworkAclID.NotFound",
}
"""By the ids' prefix (EC2 error codes; spellings of endpoints as seen)."""


def lag(lab: ApiContext) -> float:
    """AWS seconds for which a new resource is not found; 0 without a fault."""
    return max((f.amount for f in lab.faults.faults if f.kind == "lag" and f.subject in ("", "ec2")), default=0.0)


def remember(lab: ApiContext, action: str, answer: str | bytes) -> None:
    """Record the ids that a successful create has returned."""
    if action not in MAKING or not lag(lab):
        return
    text = answer.decode() if isinstance(answer, bytes) else answer
    young, now = _young(lab), lab.clock.now()
    for old in [each for each in young if not is_hidden(lab, each)]:
        del young[old]
    for found in ID.finditer(text):
        if found[1] == MAKING[action]:
            young.setdefault(found[0], now)


def visibility_error(lab: ApiContext, action: str, asked: Structure) -> Exception | None:
    """The error of a describe that names a resource which is not visible yet."""
    if not action.startswith("Describe") or not lag(lab):
        return None
    named = _texts({name: value for name, value in asked.items() if name not in ("Filter", "Filters")})
    for each in named:
        if is_hidden(lab, each) and (code := NOT_FOUND.get(each.rpartition("-")[0])):
            return ec2_error(code, f"The ID '{each}' does not exist")
    return None


def is_hidden(lab: ApiContext, resource_id: str) -> bool:
    """True if the resource was created so recently that reads omit it."""
    made_at = _young(lab).get(resource_id)
    return made_at is not None and not lab.clock.has_elapsed(made_at, lag(lab))


def visible(lab: ApiContext, result: Result) -> object:
    """A describe's result without the resources that are not visible yet."""
    if not isinstance(result, dict) or not lag(lab):
        return result
    return {
        name: [item for item in value if not _is_young(lab, item)] if isinstance(value, list) else value
        for name, value in result.items()
    }


def _is_young(lab: ApiContext, item: object) -> bool:
    if instances := getattr(item, "instances", None):  # a reservation
        return all(_is_young(lab, instance) for instance in instances)
    ids = item.values() if isinstance(item, Mapping) else [getattr(item, "id", None)]
    return any(isinstance(each, str) and is_hidden(lab, each) for each in ids)


def _young(lab: ApiContext) -> dict[str, float]:
    young: dict[str, float] = lab.memory.setdefault("young", {})
    return young


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
