"""Who calls, as IAM names them, and whom an endpoint service lets connect."""

from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends

EVERYBODY = "*"

_KINDS = {"root": "Account", "user": "User", "role": "Role"}


@dataclass(frozen=True)
class Caller:
    """An account, and the user or role in it that signed a call: its ARN without path, or None when nobody knows."""

    account: str
    principal: str | None = None

    def is_one_of(self, principals: list[str]) -> bool:
        """Whether a service with these allowed principals lets this caller connect.

        The root of an account stands for all of it (EC2 API reference, ModifyVpcEndpointServicePermissions). A caller
        who signs with keys that IAM did not give out may be anybody in the account.
        """
        for allowed in principals:
            if allowed in (EVERYBODY, self.account):
                return True
            if account_of(allowed) != self.account:
                continue
            if kind_of(allowed) == "Account" or self.principal in (None, allowed):
                return True
        return False


def caller_of(response: Any) -> Caller:
    """Who signed the call that `response`, an object of moto's, answers."""
    account = response.current_account
    key = iam_backends[account][response.partition].access_keys.get(response.access_key)
    if key is None:
        return Caller(account)
    name = f"role/{key.role_arn.rpartition('/')[2]}" if key.role_arn else f"user/{key.user_name}"
    return Caller(account, f"arn:{response.partition}:iam::{account}:{name}")


def account_of(principal: str) -> str:
    """The account in an ARN, or the text itself where it is an account's id."""
    parts = principal.split(":")
    return parts[4] if len(parts) > 5 else principal


def kind_of(principal: str) -> str:
    """As PrincipalType tells it (botocore model): All, Account, User or Role."""
    if principal == EVERYBODY:
        return "All"
    return _KINDS.get(principal.rpartition(":")[2].partition("/")[0], "Account")
