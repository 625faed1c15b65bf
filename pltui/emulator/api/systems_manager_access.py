"""Reachability of Systems Manager from a machine: by a NAT or internet gateway, or by interface endpoints.

Systems Manager user guide, "Improve the security of EC2 instances by using VPC endpoints" and setup: TCP 443 to `ssm`
and `ssmmessages`.
"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from pltui.emulator.api.routes import table_of
from pltui.emulator.moto_adapter.ec2 import MotoInstance, MotoInterface, MotoSecurityGroupRule
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend

HTTPS = 443
SERVICES = ("ssm", "ssmmessages")
TCP = ("tcp", "6", "-1")


def reaches_systems_manager(backend: Ec2Backend, instance: MotoInstance) -> bool:
    """True if the first interface of moto's `instance` reaches all endpoints that the agent needs."""
    interface = instance.nics[0]
    return all(_reaches(backend, interface, service) for service in SERVICES)


def _reaches(backend: Ec2Backend, interface: MotoInterface, service: str) -> bool:
    """True if the interface reaches a service.

    An endpoint with private DNS takes the service's name for the whole VPC, even if there is a gateway (PrivateLink
    guide, private DNS).
    """
    interfaces = _service_interfaces(backend, interface.subnet.vpc_id, service)
    return any(_connects(interface, other) for other in interfaces) if interfaces else _by_gateway(backend, interface)


def _by_gateway(backend: Ec2Backend, interface: MotoInterface) -> bool:
    if not any(_to_anywhere(rule) for group in interface.group_set for rule in group.egress_rules):
        return False
    routes = table_of(backend, interface.subnet).routes
    default = next((route for route in routes if route.destination_cidr_block == "0.0.0.0/0"), None)
    if default is None or default.state != "active":
        return False
    if default.nat_gateway is not None:
        return bool(default.nat_gateway.state == "available" and default.nat_gateway.connectivity_type == "public")
    return bool((default.gateway_id or "").startswith("igw-") and interface.public_ip)


def _to_anywhere(rule: MotoSecurityGroupRule) -> bool:
    return _covers_https(rule) and rule.ip_range.get("CidrIp") == "0.0.0.0/0"


def _service_interfaces(backend: Ec2Backend, vpc_id: str, service: str) -> list[MotoInterface]:
    """The interfaces that the service's own name resolves to in this VPC.

    Its endpoints have the same names in every partition (seen: aws-cdk-lib's list of those that begin with `cn.` has
    neither).
    """
    name = f"com.amazonaws.{backend.region_name}.{service}"
    return [
        backend.enis[interface_id]
        for endpoint in backend.vpc_end_points.values()
        if endpoint.vpc_id == vpc_id and endpoint.service_name == name
        if endpoint.state == "available" and endpoint.private_dns_enabled
        for interface_id in endpoint.network_interface_ids
        if interface_id in backend.enis
    ]


def _connects(one: MotoInterface, other: MotoInterface) -> bool:
    """True if security groups permit a connection from one interface to the other's port 443."""
    leaves = _admits((rule for group in one.group_set for rule in group.egress_rules), other)
    return leaves and _admits((rule for group in other.group_set for rule in group.ingress_rules), one)


def _admits(rules: Iterable[MotoSecurityGroupRule], peer: MotoInterface) -> bool:
    groups, address = {group.id for group in peer.group_set}, ip_address(peer.private_ip_address)
    for rule in rules:
        cidr = rule.ip_range.get("CidrIp")
        if _covers_https(rule) and (
            rule.source_group.get("GroupId") in groups or (cidr and address in ip_network(cidr, strict=False))
        ):
            return True
    return False


def _covers_https(rule: MotoSecurityGroupRule) -> bool:
    if rule.ip_protocol not in TCP:
        return False
    return rule.from_port is None or rule.to_port is None or rule.from_port <= HTTPS <= rule.to_port
