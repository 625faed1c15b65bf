"""moto's backends of all accounts and regions. Importing this imports moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends
from moto.route53.models import route53_backends
from moto.ssm.models import ssm_backends

if TYPE_CHECKING:
    from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
    from pltui.emulator.moto_adapter.elbv2 import ElbBackend
    from pltui.emulator.moto_adapter.iam import IamBackend
    from pltui.emulator.moto_adapter.route53 import Route53Backend
    from pltui.emulator.moto_adapter.ssm import SsmBackend


def ec2_of(account: str, region: str) -> Ec2Backend:
    """EC2 of an account in a region."""
    backend: Ec2Backend = ec2_backends[account][region]
    return backend


def ec2_regions(account: str) -> dict[str, Ec2Backend]:
    """EC2 of an account by region, which moto creates on first access; `in` is true for all of AWS's regions."""
    regions: dict[str, Ec2Backend] = ec2_backends[account]
    return regions


def accounts() -> list[str]:
    """The accounts that have used EC2."""
    return list(ec2_backends)


def all_ec2() -> list[Ec2Backend]:
    """EC2 of every account and region in use."""
    return [backend for regions in list(ec2_backends.values()) for backend in list(regions.values())]


def elbv2_of(account: str, region: str) -> ElbBackend:
    """Elastic Load Balancing of an account in a region."""
    backend: ElbBackend = elbv2_backends[account][region]
    return backend


def iam_of(account: str, partition: str) -> IamBackend:
    """IAM of an account."""
    backend: IamBackend = iam_backends[account][partition]
    return backend


def ssm_of(account: str, region: str) -> SsmBackend:
    """Systems Manager of an account in a region."""
    backend: SsmBackend = ssm_backends[account][region]
    return backend


def all_route53() -> Iterator[Route53Backend]:
    """Route 53 of every account in use."""
    for partitions in list(route53_backends.values()):
        yield from list(partitions.values())
