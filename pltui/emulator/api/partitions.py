"""Names that depend on a region's partition: DNS suffix, endpoint services, ARNs (botocore's partitions.json)."""

import re
from functools import cache

import botocore.session
from moto.ec2.models.instances import Instance
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import Subnet
from moto.utilities.utils import get_partition

from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.ec2 import MotoInstance, MotoSecurityGroup, MotoSubnet
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.values import Moto, Structure


def install(lab: ApiContext) -> None:
    """Install names of the region's partition; moto uses `arn:aws` and amazonaws.com in these everywhere."""
    lab.replace(Subnet, "arn", property(_subnet_arn))
    lab.around(SecurityGroup, __init__=_begin_group)
    lab.replace(Instance, "public_dns_name", property(_public_dns_name))


def partitions() -> list[Structure]:
    """All partitions, from botocore's data."""
    found: list[Structure] = botocore.session.create_loader().load_data("partitions")["partitions"]
    return found


@cache
def dns_suffix(region: str) -> str:
    """The DNS suffix of AWS's names in a region: amazonaws.com, or amazonaws.com.cn in China."""
    partition = get_partition(region)
    return next(str(each["outputs"]["dnsSuffix"]) for each in partitions() if each["id"] == partition)


def endpoint_service_prefix(region: str) -> str:
    """The prefix of customers' endpoint services: the DNS suffix reversed.

    Source: aws-cdk-lib region-info, VPC_ENDPOINT_SERVICE_NAME_PREFIX; seen:
    cn.com.amazonaws.vpce.cn-northwest-1.vpce-svc-….
    """
    return ".".join([*reversed(dns_suffix(region).split(".")), "vpce"])


def region_of_name(name: str, before: str = "", after: str = "") -> str | None:
    """The region in one of AWS's DNS names, between the labels `before` and `after`; None for other names."""
    if found := re.search(rf"\.{before}([a-z0-9-]+){after}\.(.+?)\.?$", name):
        return found[1] if found[2] == dns_suffix(found[1]) else None
    return None


def _subnet_arn(subnet: MotoSubnet) -> str:
    backend = subnet.ec2_backend
    return f"arn:{backend.partition}:ec2:{backend.region_name}:{subnet.owner_id}:subnet/{subnet.id}"


def _begin_group(
    _lab: ApiContext,
    moto: Moto,
    group: MotoSecurityGroup,
    ec2_backend: Ec2Backend,
    group_id: str,
    *args: object,
    **more: object,
) -> None:
    moto(group, ec2_backend, group_id, *args, **more)
    account, region = ec2_backend.account_id, ec2_backend.region_name
    group.arn = f"arn:{ec2_backend.partition}:ec2:{region}:{account}:security-group/{group_id}"


def _public_dns_name(instance: MotoInstance) -> str | None:
    """The name with `compute-1` in us-east-1, and with the region elsewhere (EC2 user guide, instance hostnames)."""
    if not instance.public_ip:
        return None
    region = instance.region_name
    domain = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"ec2-{instance.public_ip.replace('.', '-')}.{domain}.{dns_suffix(region)}"
