"""IAM role. Found by its path, which contains region and lab, because IAM has no tag filter. Its name is unique."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from pltui.engine.errors import DeniedError, NotYetError
from pltui.engine.model import Change, Desired, Field, Observed, Traits
from pltui.resources.base import AwsContext, Item, ObservationReads, Resource, delete_if_exists
from pltui.resources.blockers import explain_refusal, of_role
from pltui.topology import naming


class Role(Resource):
    """Role of a client machine, for Session Manager."""

    kind = "role"
    repeatable = frozenset({"DeleteRole", "DeleteRolePolicy", "UpdateAssumeRolePolicy"})
    traits = Traits({"name": Field.FIXED, "path": Field.FIXED, "trust": Field.MUTABLE}, refers_to=frozenset())

    async def begin(self, look: ObservationReads) -> None:
        await roles(look)

    async def observe(self, look: ObservationReads) -> list[Observed]:
        found = [_parse_role(look, item) for item in await roles(look)]
        others = await of_others(look, self.kind, found, "GetRole", "RoleName", "Role")
        return found + [replace(_parse_role(look, item), foreign=True) for item in others]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        name = desired.spec["name"]
        await lab.aws.call(
            "iam",
            "CreateRole",
            RoleName=name,
            Path=path_of(lab),
            AssumeRolePolicyDocument=desired.spec["trust"],
            Description=f"Session Manager access for the client machine of pltui lab {lab.name}",
            Tags=lab.tags(desired),
        )
        return Observed(desired.address, self.kind, name, dict(desired.spec), name=name)

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        trust = changes["trust"].after
        await lab.aws.call("iam", "UpdateAssumeRolePolicy", RoleName=observed.id, PolicyDocument=trust)
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        """Delete the role; if foreign policies block this, remove them so that the next attempt succeeds."""
        call = delete_if_exists(lab, "iam", "DeleteRole", RoleName=observed.id)
        try:
            await explain_refusal(lab, observed.id, call, lambda: of_role(lab, observed.id))
        except NotYetError as error:
            if error.code == "DeleteConflict":
                await _remove_foreign_policies(lab, observed.id)
            raise


async def roles(look: ObservationReads) -> list[Item]:
    """Return the lab's roles; one by one without permission to list roles."""
    path = path_of(look.lab)
    try:
        found = await look.items("iam", "ListRoles", "Roles", PathPrefix=path)
    except DeniedError as denied:
        found = await _wanted_roles(look, denied)
    return [item for item in found if item["Path"] == path]


async def _wanted_roles(look: ObservationReads, denied: DeniedError) -> list[Item]:
    """Read the roles one by one, for a user who may read the lab's roles but not list all.

    Raises `denied` if neither.
    """

    async def one(name: str) -> list[Item]:
        try:
            return [(await look.read_one("iam", "GetRole", RoleName=name))["Role"]]
        except DeniedError:
            raise denied from None
        except NotYetError as error:
            if error.code == "NoSuchEntity":
                return []
            raise

    names = sorted(desired.spec["name"] for desired in look.all_desired.values() if desired.kind == Role.kind)
    if not names:
        raise denied
    return [item for found in await asyncio.gather(*map(one, names)) for item in found]


def path_of(lab: AwsContext) -> str:
    """Return the IAM path of the lab's roles and instance profiles."""
    return naming.iam_path(lab.name, lab.aws.target.region)


async def of_others(
    look: ObservationReads, kind: str, found: Sequence[Observed], operation: str, key: str, answer: str
) -> list[Item]:
    """Return objects outside the lab's path with the name of a desired resource that the lab does not have."""
    wanted = {desired.spec["name"] for desired in look.all_desired.values() if desired.kind == kind and look.creating}

    async def one(name: str) -> list[Item]:
        try:
            return [(await look.read_one("iam", operation, **{key: name}))[answer]]
        except NotYetError as error:
            if error.code == "NoSuchEntity":
                return []
            raise

    missing = sorted(wanted - {item.id for item in found})
    items = [item for batch in await asyncio.gather(*map(one, missing)) for item in batch]
    return [item for item in items if item["Path"] != path_of(look.lab)]  # without the lab's own, not listed yet


def address_by_name(look: ObservationReads, kind: str, name: str) -> str:
    """Return the desired address of this name; without one it is a leftover, with its name as address."""
    return look.addresses.get((kind, name), f"iam/{kind}/{name}")


def canonical_policy(document: Any) -> str:
    """Return a policy document in normal form; IAM returns it URL-encoded (IAM API reference, GetRole)."""
    if isinstance(document, str):
        document = json.loads(unquote(document) if document.startswith("%7B") else document)
    return json.dumps(document, sort_keys=True)


async def _remove_foreign_policies(lab: AwsContext, role: str) -> None:
    """Remove foreign policies from the lab's role, as they block its deletion: the next attempt works."""
    for policy in await lab.aws.pages("iam", "ListAttachedRolePolicies", "AttachedPolicies", RoleName=role):
        await delete_if_exists(lab, "iam", "DetachRolePolicy", RoleName=role, PolicyArn=policy["PolicyArn"])
    answer = await lab.aws.call("iam", "ListRolePolicies", RoleName=role)
    for name in answer["PolicyNames"]:
        await delete_if_exists(lab, "iam", "DeleteRolePolicy", RoleName=role, PolicyName=name)


def _parse_role(look: ObservationReads, item: Item) -> Observed:
    name = item["RoleName"]
    spec = {"name": name, "path": item["Path"], "trust": canonical_policy(item["AssumeRolePolicyDocument"])}
    return Observed(address_by_name(look, Role.kind, name), Role.kind, name, spec, name=name)
