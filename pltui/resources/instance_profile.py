"""Instance profile with its one role. Found, like the role, by its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pltui.engine.model import Change, Desired, Field, Observed, Traits
from pltui.resources.base import AwsContext, Item, ObservationReads, Resource, delete_if_exists, retry_until_visible
from pltui.resources.profile_association import renew_associations
from pltui.resources.role import address_by_name, of_others, path_of


class InstanceProfile(Resource):
    """Instance profile of a client machine."""

    kind = "instance_profile"
    repeatable = frozenset({"DeleteInstanceProfile", "RemoveRoleFromInstanceProfile"})
    traits = Traits(
        {"name": Field.FIXED, "path": Field.FIXED, "role": Field.MUTABLE},
        refers_to=frozenset({"role"}),
        essential=frozenset({"role"}),
    )

    async def begin(self, look: ObservationReads) -> None:
        await _read_profiles(look)

    async def observe(self, look: ObservationReads) -> list[Observed]:
        path = path_of(look.lab)
        found = [_parse_profile(look, item) for item in await _read_profiles(look) if item["Path"] == path]
        others = await of_others(look, self.kind, found, "GetInstanceProfile", "InstanceProfileName", "InstanceProfile")
        return found + [replace(_parse_profile(look, item), foreign=True) for item in others]

    async def create(self, lab: AwsContext, desired: Desired, made: Callable[[Observed], None]) -> Observed:
        name = desired.spec["name"]
        await lab.aws.call(
            "iam", "CreateInstanceProfile", InstanceProfileName=name, Path=path_of(lab), Tags=lab.tags(desired)
        )
        try:
            await retry_until_visible(lab, lambda: _add_role(lab, name, desired.spec["role"]))
        except Exception:  # it exists, but is useless to its dependents without its role
            made(Observed(desired.address, self.kind, name, {**desired.spec, "role": ""}, name=name))
            raise
        return Observed(desired.address, self.kind, name, dict(desired.spec), name=name)

    async def update(
        self, lab: AwsContext, desired: Desired, observed: Observed, changes: Mapping[str, Change]
    ) -> Observed | None:
        await _remove_role(lab, observed.id, changes["role"].before)
        await _add_role(lab, observed.id, changes["role"].after)
        await renew_associations(lab, observed.id)
        return None

    async def delete(self, lab: AwsContext, observed: Observed) -> None:
        await _remove_role(lab, observed.id, observed.spec["role"])
        await delete_if_exists(lab, "iam", "DeleteInstanceProfile", InstanceProfileName=observed.id)


async def _read_profiles(look: ObservationReads) -> list[Item]:
    return await look.items("iam", "ListInstanceProfiles", "InstanceProfiles", PathPrefix=path_of(look.lab))


async def _add_role(lab: AwsContext, profile: str, role: str) -> None:
    await lab.aws.call("iam", "AddRoleToInstanceProfile", InstanceProfileName=profile, RoleName=role)


async def _remove_role(lab: AwsContext, profile: str, role: str) -> None:
    if role:
        await delete_if_exists(lab, "iam", "RemoveRoleFromInstanceProfile", InstanceProfileName=profile, RoleName=role)


def _parse_profile(look: ObservationReads, item: Item) -> Observed:
    name = item["InstanceProfileName"]
    role = next((one["RoleName"] for one in item["Roles"]), "")
    address = address_by_name(look, InstanceProfile.kind, name)
    spec = {"name": name, "path": item["Path"], "role": role}
    return Observed(address, InstanceProfile.kind, name, spec, name=name)
