"""DescribeVpcEndpointServices: the services that the caller may connect to, in the zones that both sides have."""

from fnmatch import fnmatchcase

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidServiceName
from moto.ec2.responses import EC2Response

from pltui.emulator.api import private_dns_names
from pltui.emulator.api.endpoint_services import all_backends, permits, zone_ids
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.api.principals import caller_of
from pltui.emulator.moto_adapter.calls import Ec2Call, filters_of, texts
from pltui.emulator.moto_adapter.ec2 import MotoEndpointService
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend, endpoint_services_of_aws
from pltui.emulator.moto_adapter.values import Moto, Structure


def install(lab: ApiContext) -> None:
    """Install the operation."""
    lab.around(EC2Response, describe_vpc_endpoint_services)


def describe_vpc_endpoint_services(_lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """The services that the caller may connect to. AWS's own, a long list, are collected only if needed.

    Raises:
        InvalidServiceName: If a named service does not exist or the caller has no permission.
    """
    backend, names = response.ec2_backend, texts(response, "ServiceNames")
    offered = {each["ServiceName"]: each for each in _customers(response)}
    if not set(names) <= offered.keys() or not names:
        offered |= {each["ServiceName"]: each for each in _of_aws(backend)}
    for name in names:
        if name not in offered:
            raise InvalidServiceName(name)
    filters = filters_of(response)
    chosen = [each for name, each in sorted(offered.items()) if name in (names or [name]) and _passes(each, filters)]
    return ActionResult({"ServiceDetails": chosen, "ServiceNames": [each["ServiceName"] for each in chosen]})


def _customers(response: Ec2Call) -> list[Structure]:
    backend, caller = response.ec2_backend, caller_of(response)
    return [
        _details(service, backend)
        for other in all_backends()
        for service in list(other.configurations.values())
        if other.region_name == backend.region_name and permits(service, caller)
    ]


def _details(service: MotoEndpointService, backend: Ec2Backend) -> Structure:
    """A service as seen from an account: with the account's own names of the zones that it shares with the provider."""
    names = {zone.zone_id: zone.name for zone in backend.describe_availability_zones()}
    common = [zone_id for zone_id in zone_ids(service) if zone_id in names]
    private = {}
    if service.private_dns_name:
        private = {
            "PrivateDnsName": service.private_dns_name,
            "PrivateDnsNames": [{"PrivateDnsName": service.private_dns_name}],
            "PrivateDnsNameVerificationState": private_dns_names.proof_of(service)["State"],
        }
    return {
        "ServiceName": service.service_name,
        "ServiceId": service.id,
        "ServiceType": service.service_type,
        "ServiceRegion": service.ec2_backend.region_name,
        "AvailabilityZoneIds": common,
        "AvailabilityZones": sorted(names[zone_id] for zone_id in common),
        "Owner": service.ec2_backend.account_id,
        "BaseEndpointDnsNames": [service.endpoint_dns_name],
        "VpcEndpointPolicySupported": False,
        "AcceptanceRequired": service.acceptance_required,
        "ManagesVpcEndpoints": False,
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in service.get_tags()],
        "SupportedIpAddressTypes": service.supported_ip_address_types,
        **private,
    }


def _of_aws(backend: Ec2Backend) -> list[Structure]:
    region = backend.region_name
    zones = backend.describe_availability_zones()
    shared = {
        "AvailabilityZones": [zone.name for zone in zones],
        "AvailabilityZoneIds": [zone.zone_id for zone in zones],
        "ServiceRegion": region,
    }
    services = endpoint_services_of_aws(backend)
    return [{**service, **shared} for service in services]


def _passes(service: Structure, filters: dict[str, list[str]]) -> bool:
    """True if the service matches all filters (EC2 API reference, DescribeVpcEndpointServices)."""
    tags = {tag["Key"]: tag["Value"] for tag in service.get("Tags", [])}
    has: dict[str, list[str]] = {
        "service-name": [service["ServiceName"]],
        "service-type": [each["ServiceType"] for each in service["ServiceType"]],
        "service-region": [service["ServiceRegion"]],
        "supported-ip-address-types": service.get("SupportedIpAddressTypes", ["ipv4"]),
        "owner": [service["Owner"]],
        "tag-key": list(tags),
        **{f"tag:{key}": [value] for key, value in tags.items()},
    }
    return all(
        any(fnmatchcase(found, value) for found in has.get(name, []) for value in values)
        for name, values in filters.items()
    )
