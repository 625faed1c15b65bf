"""Subnets of load balancers: one in a zone, each with an interface, which may have a requested address."""

from collections.abc import Mapping

from moto.ec2.exceptions import EC2ClientError
from moto.elbv2.exceptions import SubnetNotFoundError
from moto.elbv2.models import AvailabilityZone

from pltui.emulator.api.availability_zones import WITHOUT_LOAD_BALANCERS
from pltui.emulator.api.errors import elb_error
from pltui.emulator.api.interfaces import check_address, create_service_interface
from pltui.emulator.moto_adapter.ec2 import MotoSubnet
from pltui.emulator.moto_adapter.elbv2 import ElbBackend, MotoLoadBalancer


def subnets_named(backend: ElbBackend, subnet_ids: set[str]) -> list[MotoSubnet]:
    """The subnets, sorted by id.

    Raises:
        SubnetNotFoundError: If one does not exist.
        ELBClientError: InvalidConfigurationRequest for two subnets of a zone, ValidationError for a zone without load
            balancers.
    """
    try:
        subnets = [backend.ec2_backend.get_subnet(subnet_id) for subnet_id in sorted(subnet_ids)]
    except EC2ClientError:
        raise SubnetNotFoundError() from None
    if len({subnet.availability_zone for subnet in subnets}) < len(subnets):
        raise elb_error(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    if unfit := [s.availability_zone for s in subnets if s.availability_zone_id in WITHOUT_LOAD_BALANCERS]:
        raise elb_error(  # as seen, with this code (mastodon-on-aws#13)
            "ValidationError",
            f"The following Availability Zones {', '.join(unfit)} cannot be associated with a load balancer. Please try"
            " a different Availability Zone.",
        )
    return subnets


def requested_addresses(subnet_mappings: list[dict[str, str]] | None) -> dict[str, str]:
    """The requested addresses, by subnet (elbv2 API reference, SubnetMapping)."""
    return {m["SubnetId"]: m["PrivateIPv4Address"] for m in subnet_mappings or [] if m.get("PrivateIPv4Address")}


def check_addresses(backend: ElbBackend, scheme: str, subnets: list[MotoSubnet], addresses: Mapping[str, str]) -> None:
    """Raise unless the addresses are free. Believed: the code, also for internet-facing load balancers.

    Raises:
        ELBClientError: InvalidConfigurationRequest if one is not free, or the load balancer is internet-facing.
    """
    if addresses and scheme != "internal":
        raise elb_error("InvalidConfigurationRequest", "Private addresses are for internal load balancers only")
    for subnet in subnets:
        try:
            if subnet.id in addresses:
                check_address(backend.ec2_backend, subnet, addresses[subnet.id])
        except EC2ClientError as refusal:
            raise elb_error("InvalidConfigurationRequest", str(refusal.message)) from refusal


def enable_zone(
    backend: ElbBackend, balancer: MotoLoadBalancer, subnet: MotoSubnet, address: str | None = None
) -> None:
    """Create the load balancer's interface in a subnet."""
    interface = create_service_interface(
        backend.ec2_backend,
        subnet.id,
        "network_load_balancer",
        f"ELB {balancer.arn.split('loadbalancer/')[1]}",
        group_ids=list(balancer.security_groups or []),
        address=address,
    )
    balancer.static_addresses = {
        **{subnet_id: each for subnet_id, each in balancer.static_addresses.items() if subnet_id != subnet.id},
        **({subnet.id: address} if address else {}),
    }
    balancer.interface_ids.append(interface.id)


def zones_of(balancer: MotoLoadBalancer) -> list[AvailabilityZone]:
    """The zones, with addresses where they were requested (elbv2 API reference, LoadBalancerAddress)."""
    zones = [AvailabilityZone(subnet) for subnet in balancer.subnets]
    for zone in zones:
        if address := getattr(balancer, "static_addresses", {}).get(zone.subnet_id):
            zone.load_balancer_addresses = [{"PrivateIPv4Address": address}]
    return zones
