"""IAM's and STS's objects in moto, with the attributes in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol


class MotoRole(Protocol):
    """A role."""

    id: str
    arn: str
    name: str
    managed_policies: Iterable[str]


class MotoInstanceProfile(Protocol):
    """An instance profile."""

    name: str
    arn: str
    path: str
    roles: Sequence[MotoRole]

    # Added by pltui:
    made_at: float


class InstanceProfileAssociation(Protocol):
    """The profile of an instance."""

    iam_instance_profile: MotoInstanceProfile


class MotoAccessKey(Protocol):
    """An access key of a user, or of a session of a role."""

    user_name: str | None
    role_arn: str | None


class MotoPolicy(Protocol):
    """A managed policy."""

    id: str
    arn: str


class IamBackend(Protocol):
    """IAM in an account."""

    access_keys: Mapping[str, MotoAccessKey]
    instance_profiles: Mapping[str, MotoInstanceProfile]
    managed_policies: dict[str, MotoPolicy]
    get_instance_profile: Callable[[str], MotoInstanceProfile]
    get_instance_profiles: Callable[[], Sequence[MotoInstanceProfile]]
    get_roles: Callable[[], Sequence[MotoRole]]
    get_user_from_access_key_id: Callable[[str], object]


class MotoAssumedRole(Protocol):
    """A session of a role."""

    account_id: str
    partition: str
    role_arn: str
    session_name: str


class StsBackend(Protocol):
    """STS in an account."""

    account_id: str
    partition: str
    get_assumed_role_from_access_key: Callable[[str], object]
