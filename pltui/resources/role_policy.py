"""A managed policy attached to a role: part of the role. Attaching twice is the same as once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from pltui import naming
from pltui.engine.errors import DeniedError
from pltui.engine.types import Field, Seen, Traits, Want
from pltui.resources.base import Lab, Look, Resource, gone_is_done
from pltui.resources.role import Role, address_by_name, path_of, roles


class RolePolicy(Resource):
    kind = "role_policy"
    traits = Traits({"role": Field.FIXED, "policy": Field.FIXED}, refers_to=frozenset({"role"}))

    async def observe(self, look: Look) -> list[Seen]:
        """One call for all roles of the lab and each wanted policy: asked from the policy's side."""
        path, ours = path_of(look.lab), {role["RoleName"] for role in await roles(look)}

        async def of(policy: str) -> list[Seen]:
            wanted = {"PolicyArn": policy, "EntityFilter": "Role", "PathPrefix": path}
            try:
                found = await look.items("iam", "ListEntitiesForPolicy", "PolicyRoles", **wanted)
            except DeniedError as error:
                return await _attached(look, ours, policy, error)
            return [_seen(look, item["RoleName"], policy) for item in found if item["RoleName"] in ours]

        policies = sorted({w.spec["policy"] for w in look.wants.values() if w.kind == self.kind and ours})
        return [seen for one in await asyncio.gather(*map(of, policies)) for seen in one]

    async def create(self, lab: Lab, want: Want, made: Callable[[Seen], None]) -> Seen:
        role, policy = want.spec["role"], want.spec["policy"]
        await lab.aws.call("iam", "AttachRolePolicy", RoleName=role, PolicyArn=policy)
        return Seen(want.address, self.kind, f"{role}/{policy}", dict(want.spec))

    async def delete(self, lab: Lab, seen: Seen) -> None:
        role, policy = seen.spec["role"], seen.spec["policy"]
        await gone_is_done(lab, "iam", "DetachRolePolicy", RoleName=role, PolicyArn=policy)


async def _attached(look: Look, names: Collection[str], policy: str, denied: DeniedError) -> list[Seen]:
    """As asked from the side of each role. Raises `denied` where that is not allowed either."""

    async def one(name: str) -> list[Seen]:
        try:
            found = await look.items("iam", "ListAttachedRolePolicies", "AttachedPolicies", RoleName=name)
        except DeniedError:
            raise denied from None
        return [_seen(look, name, policy) for item in found if item["PolicyArn"] == policy]

    return [seen for found in await asyncio.gather(*map(one, sorted(names))) for seen in found]


def _seen(look: Look, role: str, policy: str) -> Seen:
    address = naming.role_policy(address_by_name(look, Role.kind, role), policy)
    return Seen(address, RolePolicy.kind, f"{role}/{policy}", {"role": role, "policy": policy})
