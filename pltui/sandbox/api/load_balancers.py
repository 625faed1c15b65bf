"""Network load balancers: names and interfaces of their kind, one of each name, and what keeps them from going."""

import secrets
from typing import Any

from moto.elbv2.exceptions import DuplicateListenerError, DuplicateLoadBalancerName, LoadBalancerNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

from pltui.sandbox.api.endpoint_services import LIVE, endpoints_of
from pltui.sandbox.api.errors import elb_error
from pltui.sandbox.api.hosted_zones import NETWORK_LOAD_BALANCER_ZONES, UNLISTED_ZONE
from pltui.sandbox.api.interfaces import create_service_interface, remove_interfaces
from pltui.sandbox.api.overlay import Lab, Moto

BECOMES_ACTIVE = 120.0
"""AWS seconds from creation to `active`; 2 min 20 s to 2 min 45 s are seen."""

INTERFACES_LINGER = 60.0
"""AWS seconds that interfaces outlive their load balancer; one to five minutes are seen."""


def install(lab: Lab) -> None:
    lab.replace(FakeLoadBalancer, "activate", lambda _balancer: None)
    lab.around(
        ELBv2Backend, create_load_balancer, delete_load_balancer, set_subnets, set_security_groups, create_listener
    )


def create_load_balancer(
    lab: Lab,
    moto: Moto,
    backend: Any,
    name: str,
    security_groups: list[str],
    subnet_ids: list[str],
    subnet_mappings: list[dict[str, str]] | None = None,
    scheme: str | None = None,
    loadbalancer_type: str | None = None,
    ip_address_type: str = "ipv4",
    tags: list[dict[str, str]] | None = None,
) -> Any:
    kind, scheme = loadbalancer_type or "application", scheme or "internet-facing"
    subnets = {*subnet_ids, *(mapping["SubnetId"] for mapping in subnet_mappings or [])}
    asked = (kind, scheme, ip_address_type, frozenset(subnets), frozenset(security_groups or []), _pairs(tags))
    for existing in backend.load_balancers.values():
        if existing.name == name:
            if existing.asked == asked:
                return existing
            raise DuplicateLoadBalancerName(
                f"A load balancer with the same name '{name}' exists, but with different settings"
            )
    _check_zones(backend, subnets)
    balancer = moto(
        backend, name, security_groups, subnet_ids, subnet_mappings, scheme, kind, ip_address_type, tags=None
    )
    balancer.asked = asked
    if kind == "network":
        _make_network_load_balancer(backend, balancer, subnet_mappings or [])
    backend.tagging_service.tag_resource(balancer.arn, tags)
    lab.agenda.after(BECOMES_ACTIVE, balancer.arn, lambda: setattr(balancer, "state", "active"))
    return balancer


def _make_network_load_balancer(backend: Any, balancer: Any, mappings: list[dict[str, str]]) -> None:
    """Names of a network load balancer, and a node in each zone (NLB user guide)."""
    region, digits = backend.region_name, secrets.token_hex(8)
    del backend.load_balancers[balancer.arn]
    balancer.arn = f"{balancer.arn.split('loadbalancer/')[0]}loadbalancer/net/{balancer.name}/{digits}"
    backend.load_balancers[balancer.arn] = balancer
    balancer.dns_name = f"{balancer.name}-{digits}.elb.{region}.amazonaws.com"
    balancer.canonical_hosted_zone_id = NETWORK_LOAD_BALANCER_ZONES.get(region, UNLISTED_ZONE)
    balancer.interface_ids = []
    for subnet in balancer.subnets:
        _enable_zone(backend, balancer, subnet)


def _enable_zone(backend: Any, balancer: Any, subnet: Any) -> None:
    interface = create_service_interface(
        backend.ec2_backend,
        subnet.id,
        "network_load_balancer",
        f"ELB {balancer.arn.split('loadbalancer/')[1]}",
        group_ids=list(balancer.security_groups or []),
    )
    balancer.interface_ids.append(interface.id)


def _pairs(tags: list[dict[str, str]] | None) -> frozenset[tuple[str, str]]:
    return frozenset((tag["Key"], tag.get("Value", "")) for tag in tags or [])


def _check_zones(backend: Any, subnet_ids: set[str]) -> None:
    zones = [backend.ec2_backend.get_subnet(subnet_id).availability_zone for subnet_id in subnet_ids]
    if len(set(zones)) < len(zones):
        raise elb_error("InvalidConfigurationRequest", "A load balancer cannot have two subnets in the same zone")


def delete_load_balancer(lab: Lab, _moto: Moto, backend: Any, arn: str) -> None:
    balancer = backend.load_balancers.get(arn)
    if balancer is None:
        return
    if balancer.attrs.get("deletion_protection.enabled") == "true":
        raise elb_error(
            "OperationNotPermitted", f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        )
    if _service_on(backend, arn):
        raise elb_error(
            "ResourceInUse",
            f"Load balancer '{arn}' cannot be deleted because it is currently associated with another service",
        )
    del backend.load_balancers[arn]
    lab.agenda.cancel(arn)
    for group in backend.target_groups.values():
        group.load_balancer_arns = [held for held in group.load_balancer_arns if held != arn]
    left = getattr(balancer, "interface_ids", [])
    lab.agenda.after(INTERFACES_LINGER, (arn, "gone"), lambda: remove_interfaces(backend.ec2_backend, left))


def _service_on(backend: Any, arn: str) -> Any | None:
    services = backend.ec2_backend.configurations.values()
    on = (s for s in services if arn in s.network_load_balancer_arns + s.gateway_load_balancer_arns)
    return next(on, None)


def set_subnets(
    lab: Lab, moto: Moto, backend: Any, arn: str, subnets: list[str], subnet_mappings: list[dict[str, Any]]
) -> Any:
    balancer = backend.load_balancers.get(arn)
    if balancer is None:
        raise LoadBalancerNotFoundError()
    if balancer.type != "network":
        return moto(backend, arn, subnets, subnet_mappings)
    wanted = {*subnets, *(mapping["SubnetId"] for mapping in subnet_mappings)}
    _check_zones(backend, wanted)
    dropped = {subnet.id for subnet in balancer.subnets} - wanted
    service = _service_on(backend, arn)
    if dropped and service and any(endpoint.state in LIVE for endpoint in endpoints_of(service)):
        raise elb_error(
            "ResourceInUse",
            f"Subnets cannot be removed from load balancer '{arn}' because it is currently associated with another"
            " service",
        )
    _follow_subnets(lab, backend, balancer, wanted, dropped)
    return balancer.availability_zones


def _follow_subnets(lab: Lab, backend: Any, balancer: Any, wanted: set[str], dropped: set[str]) -> None:
    ec2, kept = backend.ec2_backend, {subnet.id for subnet in balancer.subnets} - dropped
    gone = [i for i in balancer.interface_ids if ec2.enis[i].subnet.id in dropped]
    balancer.interface_ids = [i for i in balancer.interface_ids if i not in gone]
    lab.agenda.after(INTERFACES_LINGER, (balancer.arn, *sorted(gone)), lambda: remove_interfaces(ec2, gone))
    balancer.subnets = [ec2.get_subnet(subnet_id) for subnet_id in sorted(wanted)]
    for subnet in balancer.subnets:
        if subnet.id not in kept:
            _enable_zone(backend, balancer, subnet)


def set_security_groups(_lab: Lab, moto: Moto, backend: Any, arn: str, sec_groups: list[str]) -> None:
    """Born without groups, never any; born with some, never none (NLB user guide, security groups)."""
    balancer = backend.load_balancers.get(arn)
    if balancer and balancer.type == "network" and bool(balancer.security_groups) != bool(sec_groups):
        raise elb_error(
            "InvalidConfigurationRequest", "Whether a network load balancer has security groups is set at its creation"
        )
    moto(backend, arn, sec_groups)
    for interface_id in getattr(balancer, "interface_ids", []):
        groups = [backend.ec2_backend.get_security_group_from_id(group) for group in sec_groups]
        backend.ec2_backend.enis[interface_id]._group_set = groups


def create_listener(
    _lab: Lab, moto: Moto, backend: Any, load_balancer_arn: str, protocol: str, port: Any, *args: Any, **kwargs: Any
) -> Any:
    balancer = backend.load_balancers.get(load_balancer_arn)
    for listener in balancer.listeners.values() if balancer else ():
        if str(listener.port) == str(port):
            raise DuplicateListenerError()
    return moto(backend, load_balancer_arn, protocol, port, *args, **kwargs)
