"""A managed policy attached to a role: part of the role. Attaching it twice has no further effect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from pltui.engine.errors import DeniedError
from pltui.engine.model import Desired, Field, Observed, Traits
from pltui.resources.base import AwsContext, ObservationReads, Resource, delete_if_exists
from pltui.resources.role import Role, address_by_name, path_of, roles
from pltui.topology import naming


class RolePolicy(Resource):
    """Attachment of a managed policy to a role."""

    kind = "role_policy"
    repeatable = frozenset({"AttachRolePolicy", "DetachRolePolicy"})
    traits = Traits({"role": Field.FIXED, "policy": Field.FIXED}, refers_to=frozenset({"role"}))

    async def observe(self, look: ObservationReads) -> list[Observed]:
        """Return the attachments, with one call for each desired policy that covers all roles of the lab."""
        path, ours = path_of(look.lab), {role["RoleName"] for role in await roles(look)}

        async def of(policy: str) -> list[Observed]:
            wanted = {"PolicyArn": policy, "EntityFilter": "Role", "PathPrefix": path}
            try:
                found = await look.items("iam", "ListEntitiesForPolicy", "PolicyRoles", **wanted)
            except DeniedError as error:
                return await _read_per_role(look, ours, policy, error)
            return [_parse_attachment(look, item["RoleName"], policy) for item in found if item["RoleName"] in ours]

        policies = sorted({w.spec["policy"] for w in look.all_desired.values() if w.kind == self.kind and ours})
        return [observed for one in await asyncio.gather(*map(of, policies)) for observed in one]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        role, policy = desired.spec["role"], desired.spec["policy"]
        await lab.aws.call("iam", "AttachRolePolicy", RoleName=role, PolicyArn=policy)
        return Observed(desired.address, self.kind, f"{role}/{policy}", dict(desired.spec))

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        role, policy = observed.spec["role"], observed.spec["policy"]
        await delete_if_exists(lab, "iam", "DetachRolePolicy", RoleName=role, PolicyArn=policy)


async def _read_per_role(
    look: ObservationReads, names: Collection[str], policy: str, denied: DeniedError
) -> list[Observed]:
    """Return the attachments read from each role. Raises `denied` if that is not permitted either."""

    async def one(name: str) -> list[Observed]:
        try:
            found = await look.items("iam", "ListAttachedRolePolicies", "AttachedPolicies", RoleName=name)
        except DeniedError:
            raise denied from None
        return [_parse_attachment(look, name, policy) for item in found if item["PolicyArn"] == policy]

    return [observed for found in await asyncio.gather(*map(one, sorted(names))) for observed in found]


def _parse_attachment(look: ObservationReads, role: str, policy: str) -> Observed:
    address = naming.role_policy(address_by_name(look, Role.kind, role), policy)
    return Observed(address, RolePolicy.kind, f"{role}/{policy}", {"role": role, "policy": policy})
