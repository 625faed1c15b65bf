"""What VPC Lattice has of a resource: the gateway into its VPC, and the configuration that says where it is."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.utilities.utils import get_partition

from pltui.emulator.api.ids import new_id

ACTIVE, CREATING, DELETING = "ACTIVE", "CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"

NAME = re.compile(r"(?!rgw-|rcfg-)[a-z0-9]+(-[a-z0-9]+)*")
"""Of both, 3 to 40 characters (botocore model, ResourceGatewayName)."""


@dataclass
class Resource:
    """What both have. `state` tells its status, and `details` the rest, each by the names of botocore's model."""

    region: str
    account: str
    name: str
    id: str = ""
    status: str = CREATING
    created_at: datetime = field(default_factory=utcnow)
    last_updated_at: datetime = field(default_factory=utcnow)

    kind = ""
    prefix = ""

    def __post_init__(self) -> None:
        self.id = self.id or new_id(self.prefix)

    @property
    def arn(self) -> str:
        return f"arn:{get_partition(self.region)}:vpc-lattice:{self.region}:{self.account}:{self.kind}/{self.id}"

    def summary(self) -> dict[str, Any]:
        """What deleting one tells."""
        return {"id": self.id, "arn": self.arn, "name": self.name, "status": self.status}

    def times(self) -> dict[str, Any]:
        return {"createdAt": self.created_at, "lastUpdatedAt": self.last_updated_at}


@dataclass
class ResourceGateway(Resource):
    """A way into a VPC: an interface in each of some subnets, from whose addresses the resource is spoken to."""

    vpc_id: str = ""
    subnet_ids: list[str] = field(default_factory=list)
    group_ids: list[str] = field(default_factory=list)
    ip_address_type: str = "IPV4"
    addresses_per_interface: int = 16
    dns_resolution: str = "PUBLIC"
    interface_ids: list[str] = field(default_factory=list)

    kind = "resourcegateway"
    prefix = "rgw"

    def details(self) -> dict[str, Any]:
        return self.summary() | {
            "subnetIds": self.subnet_ids,
            "securityGroupIds": self.group_ids,
            "ipAddressType": self.ip_address_type,
            "ipv4AddressesPerEni": self.addresses_per_interface,
            "resourceConfigDnsResolution": self.dns_resolution,
        }


@dataclass
class ResourceConfiguration(Resource):
    """One resource behind a gateway: an address of its VPC or a domain name, and the ports that may be spoken to."""

    gateway_id: str = ""
    definition: dict[str, Any] = field(default_factory=dict)
    port_ranges: list[str] = field(default_factory=list)
    shareable: bool = False

    kind = "resourceconfiguration"
    prefix = "rcfg"

    def details(self) -> dict[str, Any]:
        return self.summary() | {
            "type": "SINGLE",
            "protocol": "TCP",
            "resourceGatewayId": self.gateway_id,
            "portRanges": self.port_ranges,
            "resourceConfigurationDefinition": self.definition,
            "allowAssociationToShareableServiceNetwork": self.shareable,
        }


def gateways(backend: Any) -> dict[str, ResourceGateway]:
    """Those of an account and region, by id; kept on moto's backend, and so emptied with it."""
    kept: dict[str, ResourceGateway] = vars(backend).setdefault("resource_gateways", {})
    return kept


def configurations(backend: Any) -> dict[str, ResourceConfiguration]:
    """As `gateways`."""
    kept: dict[str, ResourceConfiguration] = vars(backend).setdefault("resource_configurations", {})
    return kept


def find_configuration(arn: str) -> tuple[ResourceConfiguration, ResourceGateway] | None:
    """Whoever's it is, and its gateway; None if there is none."""
    from moto.vpclattice.models import vpclattice_backends

    for regions in list(vpclattice_backends.values()):
        for backend in list(regions.values()):
            for each in configurations(backend).values():
                if each.arn == arn:
                    return each, gateways(backend)[each.gateway_id]
    return None


def is_shared_with(configuration: ResourceConfiguration, account: str) -> bool:
    """With its owner always; with others by a share of RAM's. moto's shares need no invitation to be accepted."""
    if account == configuration.account:
        return True
    from moto.ram.models import ram_backends

    return any(
        configuration.arn in share.resource_arns and share.status != "DELETED" and account in share.principals
        for share in ram_backends[configuration.account][configuration.region].resource_shares
    )


def is_port_range(text: str) -> bool:
    """`80` or `8000-8080`, of ports there are."""
    ends = text.split("-")
    if len(ends) > 2 or not all(end.isdigit() for end in ends):
        return False
    low, high = int(ends[0]), int(ends[-1])
    return 1 <= low <= high <= 65535
