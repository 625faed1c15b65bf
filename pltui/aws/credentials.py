"""The user's credentials: resolved before anything is drawn, and cached in the AWS CLI's cache."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pltui.aws.errors import renewal_instruction, translate_error
from pltui.aws.tls import certificate_hint
from pltui.engine.errors import CloudError, DeniedError, ExpiredError, RefusedError, UnreachedError
from pltui.i18n import Phrase

# AWS CLI user guide, "Using an IAM role in the AWS CLI", "Clearing cached credentials". Names and contents of its files
# are botocore's, so a session started by either tool serves both.
CACHE = Path("~/.aws/cli/cache")
# A run of the default lab takes up to ten minutes, and botocore renews credentials ten minutes before they expire.
SOON = timedelta(minutes=20)
# Seconds. botocore's own default for resolving credentials is 60, for each of several attempts.
CONNECT_TIMEOUT_S, READ_TIMEOUT_S, MOST_TRIES = 5, 20, 3
# `Credentials.method` of credentials that botocore renews without a person and for longer than a run.
_RENEWED = frozenset({"sso", "assume-role-with-web-identity", "iam-role", "container-role"})


class CodeNeededError(Exception):
    """An MFA code is needed, and there is no terminal to ask for it."""


class Prompt:
    """botocore's question for an MFA code. It is asked only while `ask` is set: later a screen may be drawn."""

    def __init__(self) -> None:
        self.ask: Callable[[str], str] | None = None
        self.asked = False

    def __call__(self, text: str) -> str:
        if self.ask is None:
            raise CodeNeededError
        self.asked = True
        return self.ask(text)


def terminal_prompt() -> Callable[[str], str] | None:
    """Return a function that asks on the terminal without echo; None if stdin is no terminal.

    Raises:
        CodeNeededError: By the returned function, at the end of the input.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        return None

    def ask(text: str) -> str:
        try:
            return getpass.getpass(text)
        except EOFError:
            raise CodeNeededError from None

    return ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Credentials that are valid now. `expires` is None if they do not expire, or if that is unknown."""

    method: str
    expires: datetime | None
    renewal: str

    def warning(self, now: datetime | None = None) -> str:
        """Return a sentence if they expire soon and only a person can renew them; empty otherwise."""
        left = self.expires - (now or datetime.now(UTC)) if self.expires else SOON
        if left >= SOON or self.method in _RENEWED:
            return ""
        minutes = max(0, round(left.total_seconds() / 60))
        return Phrase(
            "the credentials expire in {minutes} min, which may be too soon for a whole run: {renewal}",
            minutes=minutes,
            renewal=self.renewal,
        )


def open_session(profile: str | None, region: str, prompt: Prompt) -> Any:
    """Return a boto3 session that shares the AWS CLI's cache of sessions and asks for codes with `prompt`.

    Raises botocore's errors.
    """
    import boto3
    from botocore.config import Config
    from botocore.session import Session

    core = Session(profile=profile)
    limits = {"total_max_attempts": MOST_TRIES, "mode": "standard"}
    core.set_default_client_config(
        Config(connect_timeout=CONNECT_TIMEOUT_S, read_timeout=READ_TIMEOUT_S, retries=limits)
    )
    session = boto3.Session(botocore_session=core, region_name=region)
    chain = core.get_component("credential_provider")
    cache = _session_cache()
    for method in ("assume-role", "assume-role-with-web-identity", "sso"):
        chain.get_provider(method).cache = cache
    chain.get_provider("assume-role")._prompter = prompt  # the only alternative is to build the whole chain
    return session


def resolve(session: Any, profile: str | None) -> Resolved:
    """Return valid credentials of `session`, after all steps that need the network or a person.

    Raises botocore's errors.
    """
    from botocore.exceptions import NoCredentialsError

    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    credentials.get_frozen_credentials()
    expires = getattr(credentials, "_expiry_time", None)
    return Resolved(
        method=credentials.method,
        expires=expires if isinstance(expires, datetime) else None,
        renewal=renewal_instruction(credentials.method, profile),
    )


def translate_failure(error: Exception, *, action: str, profile: str | None) -> CloudError | None:
    """Return the engine's error for one that botocore raised while resolving credentials; None for any other."""
    from botocore import exceptions as boto

    named = f" --profile {profile}" if profile else ""
    match error:
        case CodeNeededError():
            text = Phrase("the credentials need an MFA code, and there is no terminal to ask for it here")
            hint = Phrase("run `aws sts get-caller-identity{profile}`: it asks, and keeps the session", profile=named)
            return ExpiredError(text, action=action, hint=hint)
        case boto.MissingDependencyException():
            return DeniedError(str(error), action=action, hint=Phrase("run `pip install 'pltui[login]'`"))
        case boto.LoginInsufficientPermissions():
            return DeniedError(str(error), action=action, hint=Phrase("run `aws login{profile}`", profile=named))
        case boto.LoginError():
            return ExpiredError(str(error), action=action, hint=renewal_instruction("login", profile))
        case boto.TokenRetrievalError() | boto.NoAuthTokenError() | boto.SSOError():
            return ExpiredError(str(error), action=action, hint=renewal_instruction("sso", profile))
        case boto.CredentialRetrievalError() | boto.MetadataRetrievalError():
            hint = Phrase("run `aws sts get-caller-identity{profile}` to see why", profile=named)
            return DeniedError(str(error), action=action, hint=hint)
        case RuntimeError() if "still expired" in str(error):  # botocore.credentials, RefreshableCredentials
            return ExpiredError(str(error), action=action, hint=renewal_instruction("env", profile))
        case _ if isinstance(error, _faulty_configuration()):
            return DeniedError(str(error), action=action, hint=Phrase("name a working profile with --profile"))
    return None


def translate_resolving(error: Exception, profile: str | None) -> CloudError:
    """Return the engine's error for any exception of `open_session` and `resolve`."""
    from botocore import exceptions as boto

    if known := translate_failure(error, action="", profile=profile):
        return known
    if isinstance(error, boto.ClientError):
        return translate_error(error.response, f"sts:{error.operation_name}")
    if hint := certificate_hint(error):
        return RefusedError(str(error), hint=hint)
    if isinstance(error, boto.HTTPClientError | boto.ConnectionError):
        return UnreachedError(str(error), hint=Phrase("check the network and --endpoint-url"))
    return DeniedError(f"{type(error).__name__}: {error}", hint=Phrase("name a working profile with --profile"))


def _faulty_configuration() -> tuple[type[Exception], ...]:
    from botocore import exceptions as boto

    return (
        boto.NoCredentialsError, boto.PartialCredentialsError, boto.ProfileNotFound, boto.ConfigParseError,
        boto.ConfigNotFound, boto.InvalidConfigError, boto.InfiniteLoopConfigError, boto.UnknownCredentialError,
        boto.UnknownTokenProviderError,
    )  # fmt: skip


def _session_cache() -> Any:
    from botocore.utils import JSONFileCache

    class SessionCache(JSONFileCache):  # type: ignore[misc]
        """Cache that ignores write errors: the next command asks for a code again, but this one works."""

        def __setitem__(self, cache_key: str, value: Any) -> None:
            try:
                super().__setitem__(cache_key, value)
            except OSError:
                return

    return SessionCache(os.fspath(CACHE.expanduser()))
