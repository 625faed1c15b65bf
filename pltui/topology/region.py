"""The region of a lab: its partition's names, and its availability zones as the account sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

# Partitions in which EC2's service principal has the partition's DNS suffix (eksctl, api v1alpha5/partitions.go; AWS
# CDK, region-info/lib/default.ts). All others use amazonaws.com: IAM in aws-eusc rejects ec2.amazonaws.eu.
OWN_EC2_PRINCIPAL = frozenset({"aws-cn", "aws-iso", "aws-iso-b"})


@dataclass(frozen=True, slots=True)
class Partition:
    """A set of regions with accounts, ARNs and domain names of its own."""

    name: str = "aws"  # as in ARNs
    dns_suffix: str = "amazonaws.com"

    def managed_policy(self, name: str) -> str:
        """Return the ARN of a policy that AWS manages (IAM user guide, "IAM ARNs")."""
        return f"arn:{self.name}:iam::aws:policy/{name}"

    @property
    def ec2_principal(self) -> str:
        """The service principal that a role for instances trusts."""
        return f"ec2.{self.dns_suffix if self.name in OWN_EC2_PRINCIPAL else 'amazonaws.com'}"

    def systems_manager_service(self, region: str, name: str) -> str:
        """Return the endpoint service of Systems Manager's `ssm` or `ssmmessages` in `region`.

        Most services in China and the isolated regions are named by the reversed DNS suffix; these two never are (AWS
        CDK, aws-ec2/lib/vpc-endpoint.ts, VPC_ENDPOINT_SERVICE_EXCEPTIONS).
        """
        return f"com.amazonaws.{region}.{name}"


@dataclass(frozen=True, slots=True)
class Zone:
    """An availability zone as an account sees it. Names differ between accounts, ids do not."""

    name: str  # ap-northeast-1a
    id: str  # apne1-az4


@dataclass(frozen=True, slots=True)
class Region:
    """A region as an account sees it, with the subnets of the lab that exist already."""

    name: str
    zones: tuple[Zone, ...]  # availability zones in use, without local and wavelength zones
    partition: Partition = Partition()
    offerings: Mapping[str, frozenset[str] | None] = field(default_factory=dict)  # instance type -> ids of zones
    services: Mapping[str, frozenset[str] | None] = field(default_factory=dict)  # AWS service -> names of zones
    occupied: Mapping[str, Zone] = field(default_factory=dict)  # address of a subnet that exists -> its zone

    def with_subnets(self, names: Mapping[str, str]) -> Region:
        """Return the region with existing subnets: address -> zone name. A zone may no longer be in use."""
        known = {zone.name: zone for zone in self.zones}
        return replace(self, occupied={address: known.get(name, Zone(name, name)) for address, name in names.items()})
