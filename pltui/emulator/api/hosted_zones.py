"""Hosted zones: private ones of VPCs, caller references, name conflicts, and associations across accounts."""

import re
import secrets
from collections.abc import Iterator

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.route53 import urls
from moto.route53.exceptions import (
    HostedZoneNotEmpty,
    LastVPCAssociation,
    NoSuchHostedZone,
    PublicZoneVPCAssociation,
    Route53ClientError,
)
from moto.route53.models import FakeZone, Route53Backend
from moto.route53.responses import Route53

from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.moto_adapter.calls import Route53Call, parameter, required_text, structure
from pltui.emulator.moto_adapter.registries import all_route53
from pltui.emulator.moto_adapter.route53 import MotoHostedZone
from pltui.emulator.moto_adapter.values import Moto, Structure

INSYNC = 60.0
"""AWS seconds until all name servers have a change; usually within 60 seconds (Route 53 API reference, ChangeInfo)."""

REMEMBERED = 30 * 24 * 3600.0
"""AWS seconds for which GetChange returns a change. Believed: the duration is not documented."""

PAGE = 100
"""Maximum and default of hosted zones per page (Route 53 API reference, ListHostedZones, MaxItems)."""

_PRIVATE_SERVERS = ("ns-1536.awsdns-00.co.uk", "ns-0.awsdns-00.com", "ns-1024.awsdns-00.org", "ns-512.awsdns-00.net")

_CHANGING = (
    "create_hosted_zone",
    "delete_hosted_zone",
    "associate_vpc_with_hosted_zone",
    "disassociate_vpc_from_hosted_zone",
    "change_resource_record_sets",
)


def install(lab: ApiContext) -> None:
    """Install the corrections of hosted zones, their associations and changes."""
    lab.replace(FakeZone, "authorized_vpcs", {})
    lab.memory["changes"] = {}
    lab.replace(urls, "url_paths", {**urls.url_paths, **_authorization_paths()})
    lab.around(Route53, list_hosted_zones_by_vpc, get_change, create_hosted_zone=private_with_vpc)
    lab.around(Route53, associate_vpc_with_hosted_zone, disassociate_vpc_from_hosted_zone)
    lab.around(
        Route53,
        create_vpc_association_authorization,
        delete_vpc_association_authorization,
        list_vpc_association_authorizations,
    )
    lab.around(Route53, **dict.fromkeys(_CHANGING, in_sync_later))
    lab.around(Route53Backend, create_hosted_zone, delete_hosted_zone, list_hosted_zones)


def _authorization_paths() -> dict[str, object]:
    path = r"{0}/(?P<api_version>[\d_-]+)/hostedzone/(?P<zone_id>[^/]+)/"
    return {f"{path}{verb}vpcassociation/?$": Route53.dispatch for verb in ("authorize", "deauthorize")}


# -- changes ---------------------------------------------------------------------------------------------------------


def in_sync_later(lab: ApiContext, moto: Moto, response: Route53Call) -> object:
    """Give every change an id of its own, and the status `PENDING` at first."""
    answer = moto(response)
    comment = parameter(response, "Comment") or parameter(response, "ChangeBatch.Comment")
    digits = "".join(secrets.choice("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(20))
    change = {"Id": f"/change/C{digits}", "Status": "PENDING", "SubmittedAt": utcnow(), "Comment": comment}
    lab.memory["changes"][change["Id"]] = change
    lab.agenda.after(INSYNC, change["Id"], _in_sync, change)
    lab.retention.after(REMEMBERED, change["Id"], _forget, lab, change["Id"])
    return ActionResult({**answer.result, "ChangeInfo": dict(change)})


@deferrable
def _in_sync(change: Structure) -> None:
    change["Status"] = "INSYNC"


@deferrable
def _forget(lab: ApiContext, change_id: str) -> None:
    lab.memory["changes"].pop(change_id, None)


def get_change(lab: ApiContext, _moto: Moto, response: Route53Call) -> object:
    """The state of a change.

    Raises:
        Route53ClientError: NoSuchChange for an unknown id.
    """
    change_id = f"/change/{required_text(response, 'Id').rpartition('/')[2]}"
    if change_id not in lab.memory["changes"]:
        raise Route53ClientError("NoSuchChange", f"Could not find resource with ID: {change_id}")
    return ActionResult({"ChangeInfo": dict(lab.memory["changes"][change_id])})


# -- zones -----------------------------------------------------------------------------------------------------------


def private_with_vpc(_lab: ApiContext, moto: Moto, response: Route53Call) -> object:
    """Make a zone with a VPC private (Route 53 API reference, CreateHostedZone); Terraform sends no PrivateZone."""
    if parameter(response, "VPC.VPCId"):
        response.params["HostedZoneConfig"] = {**structure(response, "HostedZoneConfig"), "PrivateZone": True}
    return moto(response)


def create_hosted_zone(
    _lab: ApiContext,
    moto: Moto,
    backend: Route53Backend,
    name: str,
    private_zone: bool,
    caller_reference: str | None = None,
    vpcid: str | None = None,
    vpcregion: str | None = None,
    **kwargs: object,
) -> object:
    """Create a zone with the records of AWS's name servers.

    Raises:
        Route53ClientError: HostedZoneAlreadyExists for a used caller reference, InvalidVPCId for a VPC of another
            account, ConflictingDomainExists if the VPC has a zone of that name.
    """
    if caller_reference and any(zone.caller_reference == caller_reference for zone in backend.zones.values()):
        raise Route53ClientError(
            "HostedZoneAlreadyExists", "A hosted zone has already been created with the specified caller reference."
        )
    if vpcid:
        _check_vpc(backend.account_id, vpcid, vpcregion)
        _check_conflict(name, vpcid, vpcregion)
    zone = moto(
        backend,
        name,
        private_zone=private_zone,
        caller_reference=caller_reference,
        vpcid=vpcid,
        vpcregion=vpcregion,
        **kwargs,
    )
    _name_its_servers(zone)
    return zone


def _name_its_servers(zone: MotoHostedZone) -> None:
    """Set the zone's initial records. All private zones have the same (seen): their name servers are never queried."""
    born = {record.type: record for record in zone.rrsets}
    if zone.private_zone:
        born["NS"].records = [f"{server}." for server in _PRIVATE_SERVERS]
    (server, *_) = born["NS"].records
    born["SOA"].records = [f"{server.rstrip('.')}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"]


def delete_hosted_zone(_lab: ApiContext, moto: Moto, backend: Route53Backend, id_: str) -> object:
    """Delete a zone. Only the NS and SOA records of the zone itself do not prevent it, those of names below it do.

    Raises:
        HostedZoneNotEmpty: If the zone has other records.
    """
    zone = backend.get_hosted_zone(id_)
    try:
        if any(_bare(record.name) != _bare(zone.name) for record in zone.rrsets):
            raise HostedZoneNotEmpty
        return moto(backend, id_)
    except HostedZoneNotEmpty as refusal:
        refusal.message = (
            "The specified hosted zone contains non-required resource record sets and so cannot be deleted."
        )
        raise


def _check_vpc(account_id: str, vpc_id: str, region: str | None) -> None:
    if not _owns(account_id, vpc_id, region):
        raise Route53ClientError("InvalidVPCId", _unauthorized_message(vpc_id, region))


def _unauthorized_message(vpc_id: str, region: str | None) -> str:
    return f"The VPC {vpc_id} in region {region} that you provided is not authorized to make the association."


def _owns(account_id: str, vpc_id: str, region: str | None) -> bool:
    regions = ec2_backends[account_id]
    return region in regions and vpc_id in regions[region].vpcs


def _check_conflict(name: str, vpc_id: str, region: str | None) -> None:
    """Raise if the VPC has a zone of that name, of any owner; this zone itself included."""
    wanted = _bare(name)
    for zone in _all_zones():
        if _bare(zone.name) == wanted and _is_associated(zone, vpc_id):
            raise Route53ClientError(
                "ConflictingDomainExists",
                f"The VPC {vpc_id} in region {region} has already been associated with the hosted zone"
                f" {zone.resource_id} with the same domain name.",
            )


def _all_zones() -> Iterator[MotoHostedZone]:
    for backend in all_route53():
        yield from list(backend.zones.values())


def _bare(name: str) -> str:
    return name.rstrip(".").lower()


def _is_associated(zone: MotoHostedZone, vpc_id: str) -> bool:
    return any(vpc.get("vpc_id") == vpc_id for vpc in zone.vpcs)


# -- associations, including those of other accounts' VPCs -----------------------------------------------------------


def _own_zone(response: Route53Call) -> MotoHostedZone:
    return response.backend.get_hosted_zone(required_text(response, "HostedZoneId"))


def _any_zone(response: Route53Call) -> MotoHostedZone:
    zone_id = required_text(response, "HostedZoneId").rpartition("/")[2]
    for zone in _all_zones():
        if zone.resource_id == zone_id:
            return zone
    raise NoSuchHostedZone(zone_id)


def _vpc_of(response: Route53Call) -> tuple[str, str | None]:
    return required_text(response, "VPC.VPCId"), parameter(response, "VPC.VPCRegion")


def associate_vpc_with_hosted_zone(_lab: ApiContext, _moto: Moto, response: Route53Call) -> object:
    """Associate a VPC of the caller with a zone; one of another account needs that account's authorization.

    Raises:
        PublicZoneVPCAssociation: If the zone is public.
        Route53ClientError: InvalidVPCId, NotAuthorizedException or ConflictingDomainExists.
        NoSuchHostedZone: If no account has the zone.
    """
    zone, (vpc_id, region) = _any_zone(response), _vpc_of(response)
    if not zone.private_zone:
        raise PublicZoneVPCAssociation()
    _check_vpc(response.current_account, vpc_id, region)
    if zone.resource_id not in response.backend.zones and vpc_id not in zone.authorized_vpcs:
        raise Route53ClientError("NotAuthorizedException", _unauthorized_message(vpc_id, region))
    _check_conflict(zone.name, vpc_id, region)
    zone.add_vpc(vpc_id, region)
    return ActionResult({})


def disassociate_vpc_from_hosted_zone(_lab: ApiContext, _moto: Moto, response: Route53Call) -> object:
    """Remove an association; the owner of the zone or of the VPC may do so (Route 53 API reference).

    Raises:
        NoSuchHostedZone: If the caller owns neither.
        Route53ClientError: VPCAssociationNotFound if they are not associated.
        LastVPCAssociation: If it is the zone's only VPC.
    """
    zone, (vpc_id, region) = _any_zone(response), _vpc_of(response)
    if zone.resource_id not in response.backend.zones and not _owns(response.current_account, vpc_id, region):
        raise NoSuchHostedZone(zone.resource_id)
    if not _is_associated(zone, vpc_id):
        raise Route53ClientError(
            "VPCAssociationNotFound", f"The VPC: {vpc_id} and the hosted zone are not currently associated."
        )
    if len(zone.vpcs) == 1:
        raise LastVPCAssociation()
    zone.delete_vpc(vpc_id)
    return ActionResult({})


def create_vpc_association_authorization(_lab: ApiContext, _moto: Moto, response: Route53Call) -> object:
    """Authorize another account's VPC to be associated with the zone.

    Raises:
        Route53ClientError: InvalidVPCId if the id is malformed.
        PublicZoneVPCAssociation: If the zone is public.
    """
    zone, (vpc_id, region) = _own_zone(response), _vpc_of(response)
    if not re.fullmatch("vpc-[0-9a-f]{8,17}", vpc_id):
        raise Route53ClientError("InvalidVPCId", f"The VPC: {vpc_id} you provided is not a valid id.")
    if not zone.private_zone:
        raise PublicZoneVPCAssociation()
    zone.authorized_vpcs = {**zone.authorized_vpcs, vpc_id: region}
    return ActionResult({"HostedZoneId": zone.resource_id, "VPC": {"VPCId": vpc_id, "VPCRegion": region}})


def delete_vpc_association_authorization(_lab: ApiContext, _moto: Moto, response: Route53Call) -> object:
    """Remove an authorization; existing associations stay.

    Raises:
        Route53ClientError: VPCAssociationAuthorizationNotFound if there is none.
    """
    zone, (vpc_id, _) = _own_zone(response), _vpc_of(response)
    if vpc_id not in zone.authorized_vpcs:
        raise Route53ClientError(
            "VPCAssociationAuthorizationNotFound",
            f"The VPC: {vpc_id} is not authorized to be associated with the hosted zone.",
        )
    zone.authorized_vpcs = {each: region for each, region in zone.authorized_vpcs.items() if each != vpc_id}
    return ActionResult({})


def list_vpc_association_authorizations(_lab: ApiContext, _moto: Moto, response: Route53Call) -> object:
    """The VPCs that may be associated with the zone."""
    zone = _own_zone(response)
    vpcs = [{"VPCId": vpc_id, "VPCRegion": region} for vpc_id, region in zone.authorized_vpcs.items()]
    return ActionResult({"HostedZoneId": zone.resource_id, "VPCs": vpcs})


def list_hosted_zones(
    _lab: ApiContext, _moto: Moto, backend: Route53Backend, marker: str | None = None, max_size: str | None = None
) -> tuple[list[MotoHostedZone], str | None]:
    """One page of zones; a marker is the id of the page's first zone (Route 53 API reference, ListHostedZones)."""
    zones = list(backend.zones.values())
    ids = [str(zone.id).rpartition("/")[2] for zone in zones]
    start = next((n for n, zone_id in enumerate(ids) if marker in (None, zone_id)), len(zones))
    end = start + min(int(max_size or PAGE), PAGE)
    return zones[start:end], ids[end] if end < len(ids) else None


def list_hosted_zones_by_vpc(_lab: ApiContext, _moto: Moto, response: Route53Call) -> object:
    """The private zones of a VPC, of any owner; the caller must own the VPC."""
    vpc_id, region = required_text(response, "VPCId"), required_text(response, "VPCRegion")
    _check_vpc(response.current_account, vpc_id, region)
    owners = [(backend.account_id, zone) for backend in all_route53() for zone in backend.zones.values()]
    summaries = [
        {"HostedZoneId": zone.resource_id, "Name": zone.name, "Owner": {"OwningAccount": account}}
        for account, zone in owners
        if zone.private_zone and _is_associated(zone, vpc_id)
    ]
    return ActionResult({"HostedZoneSummaries": summaries, "MaxItems": "100"})
