"""VPC peering connections: their states, and failures by overlapping CIDR blocks (VPC peering guide)."""

from dataclasses import dataclass
from datetime import timedelta

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import InvalidVPCPeeringConnectionStateTransitionError, OperationNotPermitted5
from moto.ec2.models import EC2Backend
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnection
from moto.ec2.responses import EC2Response

from pltui.emulator.api.cidr_blocks import associated_with
from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.filters import Fields, select
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.moto_adapter.calls import Ec2Call, filters_of, parameter, required_text, tags_for, texts
from pltui.emulator.moto_adapter.ec2 import MotoPeering, MotoVpc, status_of
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.registries import ec2_regions
from pltui.emulator.moto_adapter.values import Moto

SETTLES = 5.0
"""AWS seconds that each of `initiating-request`, `provisioning` and `deleting` takes; seconds are usual."""

EXPIRES = 7 * 24 * 3600.0
"""AWS seconds after which a request that was not accepted is `expired`."""

REMEMBERED, REMEMBERED_LONG = 2 * 3600.0, 48 * 3600.0
"""AWS seconds for which an ended connection is described to the account that ended it, and to the other one."""

_OVER = frozenset({"failed", "rejected", "expired", "deleting", "deleted"})

FIELDS: Fields[MotoPeering] = {
    "accepter-vpc-info.cidr-block": lambda p: p.peer_vpc.cidr_block,
    "accepter-vpc-info.owner-id": lambda p: p.peer_vpc.owner_id,
    "accepter-vpc-info.vpc-id": lambda p: p.peer_vpc.id,
    "requester-vpc-info.cidr-block": lambda p: p.vpc.cidr_block,
    "requester-vpc-info.owner-id": lambda p: p.vpc.owner_id,
    "requester-vpc-info.vpc-id": lambda p: p.vpc.id,
    "status-code": lambda p: status_of(p).code,
    "status-message": lambda p: status_of(p).message,
    "vpc-peering-connection-id": lambda p: p.id,
}


def install(lab: ApiContext) -> None:
    """Install the corrections of peering connections."""
    lab.replace(VPCPeeringConnection, "expiration_time", None)
    lab.around(
        EC2Backend,
        create_vpc_peering_connection,
        get_vpc_peering_connection,
        accept_vpc_peering_connection,
        reject_vpc_peering_connection,
        delete_vpc_peering_connection,
    )
    lab.around(EC2Response, describe_vpc_peering_connections, create_vpc_peering_connection=request)


@dataclass(frozen=True)
class UnknownVpc:
    """The other side of a request to a VPC that does not exist."""

    id: str
    owner_id: str
    region: str
    ec2_backend: Ec2Backend
    cidr_block: None = None


def request(_lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """Create a request. The account's own VPC must exist; a request to another account's unknown VPC fails later."""
    backend, peer_id = response.ec2_backend, required_text(response, "PeerVpcId")
    account = parameter(response, "PeerOwnerId") or response.current_account
    region = parameter(response, "PeerRegion") or response.region
    regions = ec2_regions(account)
    peer = regions[region].vpcs.get(peer_id) if region in regions else None
    if peer is None and (account, region) == (response.current_account, response.region):
        backend.get_vpc(peer_id)
    tags = tags_for(response, "vpc-peering-connection")
    vpc = backend.get_vpc(required_text(response, "VpcId"))
    other = peer or UnknownVpc(peer_id, account, region, backend)
    return ActionResult({"VpcPeeringConnection": backend.create_vpc_peering_connection(vpc, other, tags)})


def create_vpc_peering_connection(
    lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    vpc: MotoVpc,
    peer_vpc: MotoVpc | UnknownVpc,
    tags: dict[str, str] | None = None,
) -> object:
    """Create a request. Overlapping CIDR blocks are not rejected: the connection fails later."""
    peering = moto(backend, vpc, peer_vpc, tags)
    peering.expiration_time = utcnow() + timedelta(seconds=EXPIRES)
    status_of(peering).initiating()
    lab.agenda.after(SETTLES, peering.id, _settle_request, lab, peering)
    return peering


@deferrable
def _settle_request(lab: ApiContext, peering: MotoPeering) -> None:
    if isinstance(peering.peer_vpc, UnknownVpc) or _overlap(peering.vpc, peering.peer_vpc):
        _become(peering, "failed", "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range")
        _forget_later(lab, peering, peering.vpc.owner_id)
    else:
        status_of(peering).pending()
        lab.retention.after(EXPIRES, peering.id, _expire, lab, peering)


def _overlap(one: MotoVpc, other: MotoVpc) -> bool:
    return any(mine.overlaps(theirs) for mine in associated_with(one) for theirs in associated_with(other))


@deferrable
def _become(peering: MotoPeering, code: str, message: str) -> None:
    status_of(peering).code, status_of(peering).message = code, message


@deferrable
def _expire(lab: ApiContext, peering: MotoPeering) -> None:
    _become(peering, "expired", "Expired")
    _forget_later(lab, peering, by=None)


def accept_vpc_peering_connection(lab: ApiContext, moto: Moto, backend: Ec2Backend, vpc_pcx_id: str) -> object:
    """Accept a request: `provisioning`, then `active`."""
    peering = moto(backend, vpc_pcx_id)
    lab.retention.cancel(peering.id)
    _become(peering, "provisioning", "Provisioning")
    peering.expiration_time = None
    lab.agenda.after(SETTLES, peering.id, _become, peering, "active", "Active")
    return peering


def reject_vpc_peering_connection(lab: ApiContext, moto: Moto, backend: Ec2Backend, vpc_pcx_id: str) -> object:
    """Reject a request, and remove it after a while."""
    peering = moto(backend, vpc_pcx_id)
    lab.retention.cancel(peering.id)
    _forget_later(lab, peering, backend.account_id)
    return peering


def delete_vpc_peering_connection(lab: ApiContext, moto: Moto, backend: Ec2Backend, vpc_pcx_id: str) -> object:
    """Delete a connection; either owner may do so, but only the requester before it is accepted.

    Raises:
        InvalidVPCPeeringConnectionStateTransitionError: If it has ended already.
        OperationNotPermitted5: If the other side deletes a request that is not accepted.
    """
    peering = backend.get_vpc_peering_connection(vpc_pcx_id)
    if status_of(peering).code in _OVER:
        raise InvalidVPCPeeringConnectionStateTransitionError(vpc_pcx_id)
    if status_of(peering).code == "pending-acceptance" and backend.account_id != peering.vpc.owner_id:
        raise OperationNotPermitted5(backend.account_id, vpc_pcx_id, "delete")
    moto(backend, vpc_pcx_id)
    lab.retention.cancel(peering.id)
    told = status_of(peering).message
    _become(peering, "deleting", "Deleting")
    lab.agenda.after(SETTLES, peering.id, _become, peering, "deleted", told)
    _forget_later(lab, peering, backend.account_id)
    return peering


def _forget_later(lab: ApiContext, peering: MotoPeering, by: str | None) -> None:
    """Remove the connection from both accounts after a while. `by` is the account that ended it, if one did."""
    late = lab.retention.now() - lab.agenda.now()  # a state that ends by itself is noticed at the next request
    owners = {peering.vpc.owner_id, peering.peer_vpc.owner_id}
    for owner in owners:
        seconds = REMEMBERED if owner == by or len(owners) == 1 else REMEMBERED_LONG
        lab.retention.after(lab.shown_for(seconds) - late, (peering.id, owner), _forget, peering.id, owner)


@deferrable
def _forget(peering_id: str, account: str) -> None:
    for backend in list(ec2_regions(account).values()):
        backend.vpc_pcxs.pop(peering_id, None)


def get_vpc_peering_connection(_lab: ApiContext, _moto: Moto, backend: Ec2Backend, vpc_pcx_id: str) -> object:
    """The connection with this id. The spelling `ID` in the code is EC2's (EC2 API reference, error codes).

    Raises:
        EC2ClientError: InvalidVpcPeeringConnectionID.NotFound if there is none.
    """
    if vpc_pcx_id not in backend.vpc_pcxs:
        raise ec2_error(
            "InvalidVpcPeeringConnectionID.NotFound", f"The vpcPeeringConnection ID '{vpc_pcx_id}' does not exist"
        )
    return backend.vpc_pcxs[vpc_pcx_id]


def describe_vpc_peering_connections(_lab: ApiContext, _moto: Moto, response: Ec2Call) -> object:
    """The connections, with AWS's filters."""
    backend = response.ec2_backend
    ids = texts(response, "VpcPeeringConnectionIds") or list(backend.vpc_pcxs)
    peerings = [backend.get_vpc_peering_connection(each) for each in ids]
    chosen = select(peerings, filters_of(response), FIELDS)
    return ActionResult({"VpcPeeringConnections": chosen})
