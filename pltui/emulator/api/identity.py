"""GetCallerIdentity, for callers with unknown keys and for those with an assumed role."""

import base64
import hashlib

from moto.sts.models import AssumedRole, STSBackend

from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.iam import MotoAssumedRole, StsBackend
from pltui.emulator.moto_adapter.registries import iam_of
from pltui.emulator.moto_adapter.values import Moto

ANYBODY = "testing"
"""The user name for all keys that IAM has not issued."""


def install(lab: ApiContext) -> None:
    """Install the corrections of identities."""
    lab.around(STSBackend, get_caller_identity)
    lab.replace(AssumedRole, "user_id", property(user_id))


def get_caller_identity(
    _lab: ApiContext, moto: Moto, backend: StsBackend, access_key_id: str, region: str
) -> tuple[str, str, str]:
    """The caller's user id, ARN and account.

    Users are IAM's, and their ids begin with AIDA (STS API reference, GetCallerIdentity; IAM user guide, unique
    identifiers).
    """
    known = backend.get_assumed_role_from_access_key(access_key_id)
    if known or iam_of(backend.account_id, backend.partition).get_user_from_access_key_id(access_key_id):
        told: tuple[str, str, str] = moto(backend, access_key_id, region)
        return told
    arn = f"arn:{backend.partition}:iam::{backend.account_id}:user/{ANYBODY}"
    return _unique_id("AIDA", arn), arn, backend.account_id


def user_id(session: MotoAssumedRole) -> str:
    """The user id of a role session, `AROA…:session`, fixed for its duration (IAM user guide, unique identifiers)."""
    roles = iam_of(session.account_id, session.partition).get_roles()
    role_id = next((role.id for role in roles if role.arn == session.role_arn), None)
    return f"{role_id or _unique_id('AROA', session.role_arn)}:{session.session_name}"


def _unique_id(prefix: str, arn: str) -> str:
    """An identifier in IAM's format, derived from the ARN."""
    return prefix + base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()[:17]
