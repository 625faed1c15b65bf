"""An internet gateway's attachment to a VPC: part of the gateway, as AWS gives it neither an id nor tags."""

from __future__ import annotations

from collections.abc import Callable

from pltui.engine.model import Desired, Field, Observed, State, Traits
from pltui.resources.base import ADDRESS_TAG, AwsContext, Item, ObservationReads, Resource, delete_if_exists, tag
from pltui.resources.blockers import at_way_out, explain_refusal, of_way_out
from pltui.resources.internet_gateway import InternetGateway
from pltui.topology import naming

# EC2 API reference, InternetGatewayAttachment: "available" for an attached one, besides the model's values. None: gone.
STATES = {
    "attaching": State.PENDING,
    "attached": State.READY,
    "available": State.READY,
    "detaching": State.DELETING,
    "detached": None,
}


class InternetGatewayAttachment(Resource):
    """Attachment of an internet gateway to a VPC."""

    kind = "internet_gateway_attachment"
    repeatable = frozenset({"DetachInternetGateway"})
    traits = Traits({"gateway": Field.FIXED, "vpc": Field.FIXED}, refers_to=frozenset({"internet_gateway", "vpc"}))

    async def observe(self, look: ObservationReads) -> list[Observed]:
        gateways = await look.tagged_items(InternetGateway.operation, InternetGateway.key)
        found = [_parse_attachment(gateway, one) for gateway in gateways for one in gateway.get("Attachments", [])]
        return [observed for observed in found if observed]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        gateway, vpc = desired.spec["gateway"], desired.spec["vpc"]
        call = lab.aws.call("ec2", "AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
        await explain_refusal(lab, desired.address, call, lambda: at_way_out(lab, vpc))
        return Observed(desired.address, self.kind, attachment_id(gateway, vpc), dict(desired.spec))

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        gateway, vpc = observed.spec["gateway"], observed.spec["vpc"]
        call = delete_if_exists(lab, "ec2", "DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
        await explain_refusal(lab, observed.id, call, lambda: of_way_out(lab, vpc))


def attachment_id(gateway: str, vpc: str) -> str:
    """Return an id for an attachment, which AWS does not give."""
    return f"{gateway}/{vpc}"


def _parse_attachment(gateway: Item, attachment: Item) -> Observed | None:
    id_, vpc = gateway["InternetGatewayId"], attachment["VpcId"]
    status = attachment.get("State", "available")
    state = STATES.get(status, State.PENDING)
    if state is None:
        return None
    return Observed(
        address=naming.gateway_attachment(tag(gateway, ADDRESS_TAG)),
        kind=InternetGatewayAttachment.kind,
        id=attachment_id(id_, vpc),
        spec={"gateway": id_, "vpc": vpc},
        state=state,
        status=status,
    )
