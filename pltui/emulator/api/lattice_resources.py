"""Resources of VPC Lattice: the gateway into a VPC, and the configuration of a resource in it."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from moto.core.utils import utcnow
from moto.utilities.utils import get_partition

from pltui.emulator.api.ids import new_id
from pltui.emulator.moto_adapter.calls import LatticeBackend
from pltui.emulator.moto_adapter.values import Structure

ACTIVE, CREATING, DELETING = "ACTIVE", "CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"

NAME = re.compile(r"(?!rgw-|rcfg-)[a-z0-9]+(-[a-z0-9]+)*")
"""Names of both, 3 to 40 characters (botocore model, ResourceGatewayName)."""


@dataclass
class Resource:
    """Base of both resources. `summary`, `times` and `details` return fields by their names in botocore's model."""

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
        """The ARN, in the partition of the region."""
        return f"arn:{get_partition(self.region)}:vpc-lattice:{self.region}:{self.account}:{self.kind}/{self.id}"

    def summary(self) -> dict[str, object]:
        """The fields that a deletion returns."""
        return {"id": self.id, "arn": self.arn, "name": self.name, "status": self.status}

    def times(self) -> dict[str, object]:
        """The times of creation and of the last update."""
        return {"createdAt": self.created_at, "lastUpdatedAt": self.last_updated_at}


@dataclass
class ResourceGateway(Resource):
    """Entry into a VPC: an interface in each of some subnets, from whose addresses the resource is contacted."""

    vpc_id: str = ""
    subnet_ids: list[str] = field(default_factory=list)
    group_ids: list[str] = field(default_factory=list)
    ip_address_type: str = "IPV4"
    addresses_per_interface: int = 16
    dns_resolution: str = "PUBLIC"
    interface_ids: list[str] = field(default_factory=list)

    kind = "resourcegateway"
    prefix = "rgw"

    def details(self) -> dict[str, object]:
        """The fields that each operation on a gateway returns."""
        return self.summary() | {
            "subnetIds": self.subnet_ids,
            "securityGroupIds": self.group_ids,
            "ipAddressType": self.ip_address_type,
            "ipv4AddressesPerEni": self.addresses_per_interface,
            "resourceConfigDnsResolution": self.dns_resolution,
        }


@dataclass
class ResourceConfiguration(Resource):
    """One resource behind a gateway: an address of its VPC or a domain name, and its ports."""

    gateway_id: str = ""
    definition: Structure = field(default_factory=dict)
    port_ranges: list[str] = field(default_factory=list)
    shareable: bool = False

    kind = "resourceconfiguration"
    prefix = "rcfg"

    def details(self) -> dict[str, object]:
        """The fields that each operation on a configuration returns."""
        return self.summary() | {
            "type": "SINGLE",
            "protocol": "TCP",
            "resourceGatewayId": self.gateway_id,
            "portRanges": self.port_ranges,
            "resourceConfigurationDefinition": self.definition,
            "allowAssociationToShareableServiceNetwork": self.shareable,
        }


def gateways(backend: LatticeBackend) -> dict[str, ResourceGateway]:
    """The gateways of an account and region, by id; part of moto's backend, so that a reset removes them."""
    kept: dict[str, ResourceGateway] = vars(backend).setdefault("resource_gateways", {})
    return kept


def configurations(backend: LatticeBackend) -> dict[str, ResourceConfiguration]:
    """The configurations of an account and region, by id; stored like `gateways`."""
    kept: dict[str, ResourceConfiguration] = vars(backend).setdefault("resource_configurations", {})
    return kept


def find_configuration(arn: str | None) -> tuple[ResourceConfiguration, ResourceGateway] | None:
    """The configuration with this ARN, of any account, and its gateway; None if there is none."""
    from moto.vpclattice.models import vpclattice_backends

    for regions in list(vpclattice_backends.values()):
        for backend in list(regions.values()):
            for each in configurations(backend).values():
                if each.arn == arn:
                    return each, gateways(backend)[each.gateway_id]
    return None


def is_shared_with(configuration: ResourceConfiguration, account: str) -> bool:
    """True for the owner's account, and for others by a RAM share. moto's shares need no accepted invitation."""
    if account == configuration.account:
        return True
    from moto.ram.models import ram_backends

    return any(
        configuration.arn in share.resource_arns and share.status != "DELETED" and account in share.principals
        for share in ram_backends[configuration.account][configuration.region].resource_shares
    )


def is_port_range(text: str) -> bool:
    """True for `80` or `8000-8080`, with valid port numbers."""
    ends = text.split("-")
    if len(ends) > 2 or not all(end.isdigit() for end in ends):
        return False
    low, high = int(ends[0]), int(ends[-1])
    return 1 <= low <= high <= 65535
