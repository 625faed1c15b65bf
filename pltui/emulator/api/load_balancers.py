"""Network load balancers: DNS names, interfaces, unique names, and checks of deletion."""

import secrets
from collections.abc import Mapping

from moto.elbv2.exceptions import DuplicateLoadBalancerName, LoadBalancerNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer
from moto.elbv2.responses import ELBV2Response

from pltui.emulator.api.endpoint_services import LIVE, endpoints_of
from pltui.emulator.api.errors import elb_error
from pltui.emulator.api.gateways import attached_gateway
from pltui.emulator.api.hosted_zone_ids import NETWORK_LOAD_BALANCER_ZONES, UNLISTED_ZONE
from pltui.emulator.api.injected_errors import failure
from pltui.emulator.api.interfaces import remove_interfaces
from pltui.emulator.api.listeners import relink
from pltui.emulator.api.load_balancer_subnets import (
    check_addresses,
    enable_zone,
    requested_addresses,
    subnets_named,
    zones_of,
)
from pltui.emulator.api.load_balancing_attributes import CROSS_ZONE, check_attributes, check_implemented
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.api.parameters import not_implemented
from pltui.emulator.api.partitions import dns_suffix
from pltui.emulator.moto_adapter.calls import ElbCall, parameter, required_text
from pltui.emulator.moto_adapter.ec2 import MotoEndpointService, MotoSubnet, set_groups
from pltui.emulator.moto_adapter.elbv2 import ElbBackend, MotoLoadBalancer, check_exists
from pltui.emulator.moto_adapter.values import Moto

BECOMES_ACTIVE = 120.0
"""AWS seconds from creation to `active`; 2 min 20 s to 2 min 45 s are seen."""

INTERFACES_LINGER = 60.0
"""AWS seconds for which interfaces outlive their load balancer; one to five minutes are seen."""

FRESH = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "dns_record.client_routing_policy": "any_availability_zone",
    "ipv6.deny_all_igw_traffic": "false",
    CROSS_ZONE: "false",
    "zonal_shift.config.enabled": "false",
}
"""Default attributes of a network load balancer (elbv2 API reference, LoadBalancerAttribute)."""

IN_FORCE = frozenset(
    {
        "access_logs.s3.bucket",
        "access_logs.s3.prefix",
        "deletion_protection.enabled",
        CROSS_ZONE,
        "zonal_shift.config.enabled",
    }
)
"""Attributes of a network load balancer that the sandbox implements, and that may have any value."""

ENFORCED = "enforce_security_group_inbound_rules_on_private_link_traffic"
DESCRIBED_AT_ONCE = 20
"""Maximum ARNs of DescribeTags (elbv2 API reference)."""


def install(lab: ApiContext) -> None:
    """Install the corrections of load balancers."""
    lab.replace(FakeLoadBalancer, "activate", lambda _balancer: None)
    lab.replace(FakeLoadBalancer, ENFORCED, None)
    lab.replace(FakeLoadBalancer, "static_addresses", {})
    lab.replace(FakeLoadBalancer, "failure", "")
    lab.replace(FakeLoadBalancer, "load_balancer_state", property(_state))
    lab.replace(FakeLoadBalancer, "availability_zones", property(zones_of))
    lab.around(ELBv2Backend, set_ip_address_type)
    lab.around(ELBv2Backend, create_load_balancer, delete_load_balancer, set_subnets, set_security_groups)
    lab.around(ELBv2Backend, modify_load_balancer_attributes, describe_load_balancers, describe_tags)
    lab.around(ELBV2Response, set_security_groups=set_security_groups_of_response)


def create_load_balancer(
    lab: ApiContext,
    moto: Moto,
    backend: ElbBackend,
    name: str,
    security_groups: list[str],
    subnet_ids: list[str],
    subnet_mappings: list[dict[str, str]] | None = None,
    scheme: str | None = None,
    loadbalancer_type: str | None = None,
    ip_address_type: str = "ipv4",
    tags: list[dict[str, str]] | None = None,
) -> object:
    """Create a load balancer, `active` after a while; an identical one is returned as it is.

    Raises:
        DuplicateLoadBalancerName: If one with other settings has the name.
    """
    kind, scheme = loadbalancer_type or "application", scheme or "internet-facing"
    wanted = {*subnet_ids, *(mapping["SubnetId"] for mapping in subnet_mappings or [])}
    addresses = requested_addresses(subnet_mappings)
    asked = (
        *(kind, scheme, ip_address_type, frozenset(wanted), frozenset(security_groups or []), _pairs(tags)),
        *([frozenset(addresses.items())] if addresses else []),
    )
    _check_address_type(kind, ip_address_type)
    for existing in backend.load_balancers.values():
        if existing.name == name:
            if existing.asked == asked:
                return existing
            raise DuplicateLoadBalancerName(
                f"A load balancer with the same name '{name}' exists, but with different settings"
            )
    subnets = subnets_named(backend, wanted)
    _check_groups(backend, security_groups or [])
    if kind == "network" and scheme == "internet-facing" and subnets:
        _check_gateway(backend, subnets[0].vpc_id)
    check_addresses(backend, scheme, subnets, addresses)
    balancer = moto(
        backend,
        name=name,
        security_groups=security_groups,
        subnet_ids=subnet_ids,
        subnet_mappings=subnet_mappings,
        scheme=scheme,
        loadbalancer_type=kind,
        ip_address_type=ip_address_type,
        tags=None,
    )
    balancer.asked = asked
    if kind == "network":
        _make_network_load_balancer(backend, balancer, addresses)
    backend.tagging_service.tag_resource(balancer.arn, tags)
    if reason := failure(lab, "elbv2:CreateLoadBalancer"):
        lab.agenda.after(BECOMES_ACTIVE, balancer.arn, _fail, balancer, reason.wording())
    else:
        lab.agenda.after(BECOMES_ACTIVE, balancer.arn, _activate, balancer)
    return balancer


def _check_address_type(kind: str, ip_address_type: str | None) -> None:
    """Raise for other types than IPv4: the sandbox's network has no IPv6."""
    if kind == "network" and ip_address_type not in (None, "ipv4"):
        raise not_implemented("elbv2", "IpAddressType")


def _check_groups(backend: ElbBackend, group_ids: list[str]) -> None:
    for group_id in group_ids:
        if backend.ec2_backend.get_security_group_from_id(group_id) is None:
            raise elb_error("InvalidSecurityGroup", f"Security group {group_id} does not exist")


def _check_gateway(backend: ElbBackend, vpc_id: str) -> None:
    if attached_gateway(backend.ec2_backend, vpc_id) is None:
        raise elb_error("InvalidSubnet", f"VPC {vpc_id} has no internet gateway")


@deferrable
def _fail(balancer: MotoLoadBalancer, reason: str) -> None:
    balancer.state, balancer.failure = "failed", reason


def _state(balancer: MotoLoadBalancer) -> dict[str, str]:
    """The state, with the reason of a failure (elbv2 API reference, LoadBalancerState)."""
    return {"Code": balancer.state, **({"Reason": balancer.failure} if balancer.failure else {})}


@deferrable
def _activate(balancer: MotoLoadBalancer) -> None:
    balancer.state = "active"


def _make_network_load_balancer(backend: ElbBackend, balancer: MotoLoadBalancer, addresses: Mapping[str, str]) -> None:
    """Set the names of a network load balancer, and create a node in each zone (NLB user guide)."""
    region, digits = backend.region_name, secrets.token_hex(8)
    del backend.load_balancers[balancer.arn]
    balancer.arn = f"{balancer.arn.split('loadbalancer/')[0]}loadbalancer/net/{balancer.name}/{digits}"
    backend.load_balancers[balancer.arn] = balancer
    balancer.dns_name = f"{balancer.name}-{digits}.elb.{region}.{dns_suffix(region)}"
    balancer.canonical_hosted_zone_id = NETWORK_LOAD_BALANCER_ZONES.get(region, UNLISTED_ZONE)
    balancer.attrs = dict(FRESH)
    if balancer.security_groups:
        setattr(balancer, ENFORCED, "on")
    balancer.interface_ids, balancer.static_addresses = [], {}
    for subnet in balancer.subnets:
        enable_zone(backend, balancer, subnet, addresses.get(subnet.id))


def _pairs(tags: list[dict[str, str]] | None) -> frozenset[tuple[str, str]]:
    return frozenset((tag["Key"], tag.get("Value", "")) for tag in tags or [])


def delete_load_balancer(lab: ApiContext, _moto: Moto, backend: ElbBackend, arn: str) -> None:
    """Delete a load balancer; its interfaces remain for a while. A missing one is ignored.

    Raises:
        ELBClientError: OperationNotPermitted with deletion protection, ResourceInUse with an endpoint service.
    """
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
    for each in (arn, *balancer.listeners):
        backend.tagging_service.delete_all_tags_for_resource(each)
    relink(backend)
    left = getattr(balancer, "interface_ids", [])
    lab.agenda.after(INTERFACES_LINGER, (arn, "gone"), remove_interfaces, backend.ec2_backend, left)


def _service_on(backend: ElbBackend, arn: str) -> MotoEndpointService | None:
    services = backend.ec2_backend.configurations.values()
    on = (s for s in services if arn in s.network_load_balancer_arns + s.gateway_load_balancer_arns)
    return next(on, None)


def set_subnets(
    lab: ApiContext,
    moto: Moto,
    backend: ElbBackend,
    arn: str,
    subnets: list[str],
    subnet_mappings: list[dict[str, str]],
) -> object:
    """Replace the subnets.

    Raises:
        LoadBalancerNotFoundError: If there is no such load balancer.
        ELBClientError: InvalidConfigurationRequest for a subnet of another VPC, ResourceInUse if a dropped subnet's
            endpoint service has live connections.
        Refusal: If an enabled subnet would get another address, which the sandbox does not implement.
    """
    balancer = backend.load_balancers.get(arn)
    if balancer is None:
        raise LoadBalancerNotFoundError()
    if balancer.type != "network":
        return moto(backend, arn, subnets, subnet_mappings)
    wanted = subnets_named(backend, {*subnets, *(mapping["SubnetId"] for mapping in subnet_mappings)})
    if any(subnet.vpc_id != balancer.vpc_id for subnet in wanted):
        raise elb_error("InvalidConfigurationRequest", "All subnets must belong to the load balancer's VPC")
    kept = {subnet.id for subnet in wanted}
    dropped = {subnet.id for subnet in balancer.subnets} - kept
    service = _service_on(backend, arn)
    if dropped and service and any(endpoint.state in LIVE for endpoint in endpoints_of(service)):
        raise elb_error(
            "ResourceInUse",
            f"Subnets cannot be removed from load balancer '{arn}' because it is currently associated with another"
            " service",
        )
    addresses = requested_addresses(subnet_mappings)
    there = {subnet.id for subnet in balancer.subnets}
    if any(balancer.static_addresses.get(subnet_id) != addresses[subnet_id] for subnet_id in there & addresses.keys()):
        raise not_implemented("elbv2", "SubnetMappings.PrivateIPv4Address of a subnet that is enabled")
    check_addresses(backend, balancer.scheme, [each for each in wanted if each.id not in there], addresses)
    _follow_subnets(lab, backend, balancer, wanted, dropped, addresses)
    return balancer.availability_zones


def _follow_subnets(
    lab: ApiContext,
    backend: ElbBackend,
    balancer: MotoLoadBalancer,
    wanted: list[MotoSubnet],
    dropped: set[str],
    addresses: Mapping[str, str],
) -> None:
    """Create and remove interfaces.

    A dropped zone's interface lingers; a zone that is enabled again gets a new one, with a new address.
    """
    ec2, there = backend.ec2_backend, {subnet.id for subnet in balancer.subnets}
    gone = [i for i in balancer.interface_ids if ec2.enis[i].subnet.id in dropped]
    balancer.interface_ids = [i for i in balancer.interface_ids if i not in gone]
    lab.agenda.after(INTERFACES_LINGER, (balancer.arn, *sorted(gone)), remove_interfaces, ec2, gone)
    balancer.subnets = wanted
    for subnet in wanted:
        if subnet.id not in there:
            enable_zone(backend, balancer, subnet, addresses.get(subnet.id))


def set_ip_address_type(_lab: ApiContext, moto: Moto, backend: ElbBackend, arn: str, ip_type: str) -> None:
    """Set the type, IPv4 only for network load balancers."""
    if balancer := backend.load_balancers.get(arn):
        _check_address_type(balancer.type, ip_type)
    moto(backend, arn, ip_type)


def set_security_groups(_lab: ApiContext, moto: Moto, backend: ElbBackend, arn: str, sec_groups: list[str]) -> None:
    """Set the groups. A load balancer created without groups never has any, one with groups always (NLB user guide).

    Raises:
        ELBClientError: InvalidConfigurationRequest if that would change.
    """
    balancer = backend.load_balancers.get(arn)
    if balancer and balancer.type == "network" and bool(balancer.security_groups) != bool(sec_groups):
        raise elb_error(
            "InvalidConfigurationRequest", "Whether a network load balancer has security groups is set at its creation"
        )
    moto(backend, arn, sec_groups)
    for interface_id in getattr(balancer, "interface_ids", []):
        groups = [backend.ec2_backend.get_security_group_from_id(group) for group in sec_groups]
        set_groups(backend.ec2_backend.enis[interface_id], groups)


def set_security_groups_of_response(_lab: ApiContext, moto: Moto, response: ElbCall) -> object:
    """Set groups, and whether they apply to PrivateLink traffic (elbv2 API reference, SetSecurityGroups).

    Raises:
        ELBClientError: ValidationError for a value other than `on` and `off`.
    """
    member = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
    wanted, arn = parameter(response, member), required_text(response, "LoadBalancerArn")
    if wanted not in (None, "on", "off"):
        raise elb_error("ValidationError", f"{member} '{wanted}' must be one of [on, off]")
    answer = moto(response)
    answer.result["SecurityGroupIds"] = answer.result.pop("SecurityGroups")
    balancer = response.elbv2_backend.load_balancers[arn]
    if balancer.type == "network" and balancer.security_groups:
        setattr(balancer, ENFORCED, wanted or getattr(balancer, ENFORCED))
        answer.result[member] = getattr(balancer, ENFORCED)
    return answer


def modify_load_balancer_attributes(
    _lab: ApiContext, moto: Moto, backend: ElbBackend, arn: str, attrs: dict[str, str]
) -> dict[str, str]:
    """Modify attributes; reject keys and values that AWS does not know, or that the sandbox does not implement."""
    check_attributes("LoadBalancerAttribute", "Load balancer", attrs)
    balancer = backend.load_balancers.get(arn)
    if balancer and balancer.type == "network":
        check_implemented(attrs, FRESH, IN_FORCE)
    changed: dict[str, str] = moto(backend, arn, attrs)
    return changed


def describe_load_balancers(
    _lab: ApiContext, _moto: Moto, backend: ElbBackend, arns: list[str] | None, names: list[str] | None
) -> list[MotoLoadBalancer]:
    """Describe load balancers.

    The message has the missing names (seen), but not the missing ARNs (believed: as seen for target groups).

    Raises:
        ELBClientError: LoadBalancerNotFound if a requested one does not exist (elbv2 API reference).
    """
    balancers = list(backend.load_balancers.values())
    if not arns and not names:
        return balancers
    wanted = {*(arns or []), *(names or [])}
    found = [balancer for balancer in balancers if balancer.arn in wanted or balancer.name in wanted]
    missing = wanted - {balancer.arn for balancer in found} - {balancer.name for balancer in found}
    if names and missing:
        told = ", ".join(name for name in names if name in missing)
        raise elb_error("LoadBalancerNotFound", f"Load balancers '[{told}]' not found")
    if missing:
        raise elb_error("LoadBalancerNotFound", "One or more load balancers not found")
    return found


def describe_tags(_lab: ApiContext, moto: Moto, backend: ElbBackend, resource_arns: list[str]) -> object:
    """Describe tags; a missing resource has the NotFound error of its type (elbv2 API reference, DescribeTags).

    Raises:
        ELBClientError: ValidationError for too many ARNs.
    """
    if len(resource_arns) > DESCRIBED_AT_ONCE:
        raise elb_error("ValidationError", f"At most {DESCRIBED_AT_ONCE} resources can be described at once")
    for arn in resource_arns:
        check_exists(backend, arn)
    return moto(backend, resource_arns=resource_arns)
