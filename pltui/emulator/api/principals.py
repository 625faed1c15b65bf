"""Principals of IAM: the caller of a request, and those that an endpoint service permits."""

from dataclasses import dataclass

from pltui.emulator.moto_adapter.calls import Call
from pltui.emulator.moto_adapter.registries import iam_of

EVERYBODY = "*"

_KINDS = {"root": "Account", "user": "User", "role": "Role"}


@dataclass(frozen=True)
class Caller:
    """An account, and the ARN of the user or role that signed a call, without path; None if it is unknown."""

    account: str
    principal: str | None = None

    def is_one_of(self, principals: list[str]) -> bool:
        """True if a service with these allowed principals permits this caller to connect.

        The root of an account stands for the whole account (EC2 API reference, ModifyVpcEndpointServicePermissions). A
        caller whose keys IAM has not issued may be any principal of the account.
        """
        for allowed in principals:
            if allowed in (EVERYBODY, self.account):
                return True
            if account_of(allowed) != self.account:
                continue
            if kind_of(allowed) == "Account" or self.principal in (None, allowed):
                return True
        return False


def caller_of(response: Call) -> Caller:
    """The caller of a request, given moto's response object."""
    account = response.current_account
    key = iam_of(account, response.partition).access_keys.get(response.access_key)
    if key is None:
        return Caller(account)
    name = f"role/{key.role_arn.rpartition('/')[2]}" if key.role_arn else f"user/{key.user_name}"
    return Caller(account, f"arn:{response.partition}:iam::{account}:{name}")


def account_of(principal: str) -> str:
    """The account in an ARN, or the text itself if it is an account id."""
    parts = principal.split(":")
    return parts[4] if len(parts) > 5 else principal


def kind_of(principal: str) -> str:
    """The PrincipalType (botocore model): All, Account, User or Role."""
    if principal == EVERYBODY:
        return "All"
    return _KINDS.get(principal.rpartition(":")[2].partition("/")[0], "Account")
