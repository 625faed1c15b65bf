"""Reads beyond the lab itself: foreign connections to its service, and labs of its name in other regions."""

from __future__ import annotations

from collections.abc import Collection

from pltui.aws.client import Aws
from pltui.aws.errors import lacks_permission
from pltui.engine.errors import CloudError, DeniedError
from pltui.engine.model import Op
from pltui.engine.plan import Plan
from pltui.i18n import Phrase
from pltui.resources.base import AwsContext
from pltui.resources.blockers import live_connections
from pltui.topology import naming


async def disconnections(lab: AwsContext, plan: Plan, own: Collection[str]) -> tuple[str, ...]:
    """Return a sentence for each endpoint, except `own` ids, that loses its connection if the plan deletes its service.

    Also a sentence if the connections may not be read.

    Raises:
        CloudError: If a read fails for another reason.
    """
    found: list[str] = []
    for step in plan.steps:
        if step.op is Op.DELETE and step.kind == "endpoint_service" and step.observed:
            try:
                connections = await live_connections(lab, step.observed.id)
            except DeniedError as error:
                if not lacks_permission(error):
                    raise
                words = {"service": step.address, "action": error.action}
                found.append(Phrase("cannot read who is connected to {service} ({action})", **words))
                continue
            for one in connections:
                if one["VpcEndpointId"] not in own:
                    words = {"id": one["VpcEndpointId"], "account": one["VpcEndpointOwner"], "service": step.address}
                    found.append(Phrase("{id} of account {account} loses its connection to {service}", **words))
    return tuple(found)


async def other_regions(aws: Aws, lab: str) -> list[str]:
    """Return other regions with a lab of this name, by the paths of its roles; empty if these may not be listed."""
    try:
        roles = await aws.pages("iam", "ListRoles", "Roles", PathPrefix=naming.IAM_PATH)
    except CloudError:
        return []
    return sorted({naming.region_of_iam_path(role["Path"], lab) for role in roles} - {"", aws.target.region})
