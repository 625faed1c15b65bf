"""Calls to AWS from a coroutine: clients made once, retries only of what is safe to send again."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pltui.aws.errors import THROTTLED, translate
from pltui.aws.pool import DaemonPool
from pltui.engine.cloud import urgency
from pltui.engine.errors import CloudError, DeniedError, OutcomeUnknownError, RefusedError

THREADS = 16
ATTEMPTS = 8  # of a call that is safe to send again: with full jitter up to about a minute in all
TO_REACH = 3  # where nobody is reached at all, more would only keep people waiting for the same news
LONGEST_BACKOFF = 20.0  # seconds
READS = ("Describe", "Get", "List")
IAM_PREFIX = {"elbv2": "elasticloadbalancing"}  # where IAM's name for a service is not boto3's

# Writes that may be sent again after a lost answer, because a second one does nothing (facts: EC2, ELBv2, Route 53 and
# IAM API references): modifications to a fixed value, deletions by id, and creates that carry a token or a unique name.
_REPEATABLE = (
    "Modify", "Delete", "Detach", "Disassociate", "Release", "Deregister", "Register", "Terminate", "Revoke", "Start",
    "Accept", "Reject", "Change", "CreateTags", "Update", "Remove", "Replace",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """Where calls go. `endpoint_url` None means AWS itself."""

    region: str
    endpoint_url: str | None = None
    profile: str | None = None
    dummy_credentials: bool = False
    read_timeout: float = 60.0


async def _pause(seconds: float) -> bool:
    await asyncio.sleep(seconds)
    return False


class Aws:
    """One account in one region. Raises `pltui.engine.errors.CloudError` and its kinds, never botocore's."""

    def __init__(self, target: Target, pause: Callable[[float], Awaitable[bool]] = _pause) -> None:
        """`pause` sleeps between two attempts, and says whether to give up meanwhile."""
        self.target, self._pause = target, pause
        self._pool = DaemonPool(THREADS)
        self._session: Any = None
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()  # clients one after another: a Session is not to be shared, and it is no faster
        self.calls = 0

    async def prepare(self, *services: str) -> None:
        """Make the clients ahead of their first call; loading a service's model takes a tenth of a second or two."""
        await self._pool.run(lambda: [self._client(service) for service in services])

    async def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer to one operation, named as the service names it: `call("ec2", "CreateVpc", CidrBlock=...)`."""
        repeatable = operation.startswith(READS + _REPEATABLE) or "ClientToken" in parameters
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._pool.run(lambda: self._send(service, operation, parameters), urgency.get())
            except _RetryableError as error:
                safe = repeatable or not error.maybe_applied
                longest = min(LONGEST_BACKOFF, 0.1 * 2**attempt)
                if not safe or attempt >= error.attempts or await self._pause(random.uniform(0, longest)):  # noqa: S311
                    raise error.final from None

    async def pages(self, service: str, operation: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        """Every item under `key` of all pages."""
        items: list[dict[str, Any]] = []
        while True:
            answer = await self.call(service, operation, **parameters)
            items += answer.get(key, [])
            token = _next_page(answer)
            if not token:
                return items
            parameters = {**parameters, **token}

    def _send(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        from botocore import exceptions as boto
        from botocore.parsers import ResponseParserError

        self.calls += 1
        try:
            client = self._client(service)
            return dict(getattr(client, _snake(operation))(**parameters))
        except boto.ClientError as error:
            known = translate(error.response, iam_action(service, operation))
            if known.code in THROTTLED:
                raise _RetryableError(known, maybe_applied=False) from error
            if isinstance(known, OutcomeUnknownError):
                raise _RetryableError(known, maybe_applied=True) from error
            raise known from error
        except (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError) as error:
            unreachable = _unreachable(error, service, operation)
            raise _RetryableError(unreachable, maybe_applied=False, attempts=TO_REACH) from error
        except (boto.HTTPClientError, ResponseParserError) as error:
            lost = OutcomeUnknownError(f"no answer to it: {error}", action=iam_action(service, operation))
            raise _RetryableError(lost, maybe_applied=True) from error
        except (
            boto.NoCredentialsError, boto.PartialCredentialsError, boto.ProfileNotFound, boto.CredentialRetrievalError,
            boto.TokenRetrievalError, boto.SSOError,
        ) as error:  # fmt: skip
            raise DeniedError(
                str(error), action=iam_action(service, operation), hint="name a working profile with --profile"
            ) from error
        except boto.BotoCoreError as error:
            raise RefusedError(str(error), action=iam_action(service, operation)) from error

    def _client(self, service: str) -> Any:
        client = self._clients.get(service)
        if client is None:
            with self._lock:
                client = self._clients.get(service) or self._make(service)
                self._clients[service] = client
        return client

    def _make(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        if self._session is None:
            how = _dummies() if self.target.dummy_credentials else {"profile_name": self.target.profile}
            self._session = boto3.Session(region_name=self.target.region, **how)
        config = Config(
            max_pool_connections=THREADS,
            connect_timeout=5,
            read_timeout=self.target.read_timeout,
            retries={"total_max_attempts": 1, "mode": "standard"},  # retries are `call`'s
            user_agent_extra="pltui",
            # None means the environment's. No proxy leads to an endpoint on this machine.
            proxies={} if self.target.dummy_credentials else None,
        )
        return self._session.client(service, endpoint_url=self.target.endpoint_url, config=config)


def _dummies() -> dict[str, Any]:
    """A session that knows nothing of this user's: no profile, no files of AWS's, none of its variables."""
    from botocore.session import Session

    own = {name: (None, None, default, cast) for name, (_, _, default, cast) in Session.SESSION_VARIABLES.items()}
    for file in ("config_file", "credentials_file"):
        own[file] = (None, None, os.devnull, None)
    return {
        "botocore_session": Session(session_vars=own),
        "aws_access_key_id": "testing",
        "aws_secret_access_key": "testing",
    }


class _RetryableError(Exception):
    def __init__(self, final: CloudError, *, maybe_applied: bool, attempts: int = ATTEMPTS) -> None:
        super().__init__(str(final))
        self.final, self.maybe_applied, self.attempts = final, maybe_applied, attempts


def iam_action(service: str, operation: str) -> str:
    """The call as IAM policies name it: `elasticloadbalancing:CreateLoadBalancer`."""
    return f"{IAM_PREFIX.get(service, service)}:{operation}"


def _unreachable(error: Exception, service: str, operation: str) -> CloudError:
    return CloudError(str(error), action=iam_action(service, operation), hint="check the network and --endpoint-url")


def _next_page(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that ask for the page after `answer`; empty when it was the last one."""
    if token := answer.get("NextToken"):
        return {"NextToken": token}
    if marker := answer.get("NextMarker"):
        return {"Marker": marker}
    if answer.get("IsTruncated"):
        if "NextRecordName" in answer:
            following = {"StartRecordName": answer["NextRecordName"], "StartRecordType": answer["NextRecordType"]}
            identifier = answer.get("NextRecordIdentifier")
            return following | ({"StartRecordIdentifier": identifier} if identifier else {})
        return {"Marker": answer["Marker"]}
    return {}


def _snake(operation: str) -> str:
    """botocore's method for an operation: ASCII names only, runs of capitals kept together."""
    from botocore import xform_name

    return str(xform_name(operation))
