"""Hosted zones: private when made for a VPC, once per caller reference, and one of a name for each VPC."""

from typing import Any

from moto.route53.exceptions import Route53ClientError
from moto.route53.models import Route53Backend
from moto.route53.responses import Route53

from pltui.sandbox.api.overlay import Lab, Moto


def install(lab: Lab) -> None:
    lab.around(Route53, create_hosted_zone=private_with_vpc)
    lab.around(Route53Backend, create_hosted_zone, associate_vpc_with_hosted_zone)


def private_with_vpc(_lab: Lab, moto: Moto, response: Any) -> Any:
    """A VPC makes a zone private (Route 53 API reference, CreateHostedZone); Terraform sends no PrivateZone."""
    if response._get_param("VPC.VPCId"):
        response.params["HostedZoneConfig"] = {**(response._get_param("HostedZoneConfig") or {}), "PrivateZone": True}
    return moto(response)


def create_hosted_zone(
    _lab: Lab,
    moto: Moto,
    backend: Any,
    name: str,
    private_zone: bool,
    caller_reference: str | None = None,
    vpcid: str | None = None,
    **kwargs: Any,
) -> Any:
    if caller_reference and any(zone.caller_reference == caller_reference for zone in backend.zones.values()):
        raise Route53ClientError("HostedZoneAlreadyExists", "A hosted zone has been created with that CallerReference.")
    if vpcid:
        _check_conflict(backend, name, vpcid)
    return moto(backend, name, private_zone=private_zone, caller_reference=caller_reference, vpcid=vpcid, **kwargs)


def associate_vpc_with_hosted_zone(
    _lab: Lab, moto: Moto, backend: Any, zone_id: str, vpcid: str, vpcregion: str
) -> Any:
    zone = backend.get_hosted_zone(zone_id)
    if any(vpc.get("vpc_id") == vpcid for vpc in zone.vpcs):
        return zone
    _check_conflict(backend, zone.name, vpcid)
    return moto(backend, zone_id, vpcid, vpcregion)


def _check_conflict(backend: Any, name: str, vpc_id: str) -> None:
    wanted = name.rstrip(".").lower()
    for zone in backend.zones.values():
        if zone.name.rstrip(".").lower() == wanted and any(vpc.get("vpc_id") == vpc_id for vpc in zone.vpcs):
            raise Route53ClientError(
                "ConflictingDomainExists",
                f"The VPC {vpc_id} is already associated with another hosted zone with the same domain name {name}",
            )
