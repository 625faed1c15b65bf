"""Transport: one request, one answer, and three exceptions for its absence."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from pltui.aws.credentials import (
    CodeNeededError,
    Prompt,
    Resolved,
    open_session,
    resolve,
    translate_failure,
    translate_resolving,
)
from pltui.aws.errors import is_expired, renewal_instruction, translate_error
from pltui.aws.request_check import check_requests
from pltui.aws.threads import DaemonPool
from pltui.aws.tls import certificate_hint, in_handshake
from pltui.engine.errors import RefusedError
from pltui.i18n import Phrase

THREADS = 16
IAM_PREFIX = {"elbv2": "elasticloadbalancing"}  # services whose name in IAM differs from boto3's


# Called on the sending thread immediately before sending, because an earlier permission may have expired.
sendable: ContextVar[Callable[[], bool]] = ContextVar("sendable", default=lambda: True)
_turn = threading.local()  # `sendable` of the call that the thread is sending


@dataclass(frozen=True, slots=True)
class Target:
    """Endpoint and credentials of calls. `endpoint_url` None means AWS itself; `read_timeout` is in seconds."""

    region: str
    endpoint_url: str | None = None
    profile: str | None = None
    dummy_credentials: bool = False
    read_timeout: float = 60.0


class ErrorAnswer(Exception):  # noqa: N818  # one of three ways a request may end
    """The service answered with an error: {Error: {Code, Message}, ResponseMetadata: {HTTPStatusCode, RequestId}}.

    `renewing`: the instruction to renew the credentials, if they are the cause.
    """

    def __init__(self, response: Mapping[str, Any], renewing: str = "") -> None:
        super().__init__(str(response.get("Error", {}).get("Code", "")))
        self.response, self.renewing = response, renewing


class NoAnswer(Exception):  # noqa: N818
    """The request was sent, but no readable answer arrived: it may have been applied."""


class NotReached(Exception):  # noqa: N818
    """The endpoint was not reached, so nothing was applied."""


class Wire(Protocol):
    """A transport.

    Raises ErrorAnswer, NoAnswer and NotReached; CloudError for requests never sent, such as without keys.
    """

    async def send(
        self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0
    ) -> dict[str, Any]:
        """Return the answer; of waiting requests the most urgent is sent first."""

    async def prepare(self, *services: str) -> None:
        """Prepare for the first call to each service."""


class Boto:
    """Transport by botocore's clients, created once, on its own threads. It never resends a request."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._pool = DaemonPool(THREADS)
        self._session: Any = None
        self._prompt = Prompt()
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()  # serialises the creation of clients, because a Session is not thread-safe

    def sign_in(self, ask: Callable[[str], str] | None) -> Resolved:
        """Resolve the credentials, which may call AWS and `ask` for an MFA code. Blocks.

        Later calls renew them without asking.

        Raises:
            CloudError: If there are no valid credentials.
        """
        self._prompt.ask = ask
        try:
            self._session = self._open_session()
            return resolve(self._session, self._profile)
        except Exception as error:
            raise translate_resolving(error, self._profile) from error
        finally:
            self._prompt.ask = None

    def _open_session(self) -> Any:
        target = self.target
        if not target.dummy_credentials:
            return open_session(target.profile, target.region, self._prompt)
        import boto3

        return boto3.Session(region_name=target.region, **_dummy_arguments())

    async def prepare(self, *services: str) -> None:
        """Create clients: loading a service's model takes a tenth of a second or two."""
        await self._pool.run(lambda: [self._client(service) for service in services])

    async def send(
        self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0
    ) -> dict[str, Any]:
        """Send a request on a thread; see `Wire.send`."""
        still = sendable.get()

        def job() -> dict[str, Any]:
            _turn.sendable = still
            _check_turn(operation)
            return self._send_request(service, operation, parameters)

        return await self._pool.run(job, urgency)

    def _send_request(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        from botocore import exceptions as boto
        from botocore.parsers import ResponseParserError

        action = iam_action(service, operation)
        try:
            return dict(getattr(self._client(service), _snake_case(operation))(**parameters))
        except boto.ClientError as error:
            if error.operation_name != operation:  # botocore's own call to renew the credentials
                raise translate_error(error.response, iam_action("sts", error.operation_name)) from error
            renewing = self._renewal_instruction() if is_expired(error.response, action) else ""
            raise ErrorAnswer(error.response, renewing) from error
        except (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError) as error:
            raise NotReached(str(error)) from error
        except boto.SSLError as error:
            raise _of_tls(error, action) from error
        except (boto.HTTPClientError, ResponseParserError) as error:
            raise NoAnswer(str(error)) from error
        except (boto.BotoCoreError, CodeNeededError, RuntimeError) as error:
            known = translate_failure(error, action=action, profile=self._profile)
            if known is None and isinstance(error, RuntimeError):
                raise
            raise known or RefusedError(str(error), action=action) from error

    def _renewal_instruction(self) -> str:
        credentials = self._session.get_credentials()
        return renewal_instruction(credentials.method if credentials else "", self._profile)

    @property
    def _profile(self) -> str | None:
        """The requested profile, or the environment's."""
        name = self.target.profile or (self._session.profile_name if self._session else None)
        return None if name == "default" else name

    def _client(self, service: str) -> Any:
        client = self._clients.get(service)
        if client is None:
            with self._lock:
                client = self._clients.get(service) or self._make_client(service)
                self._clients[service] = client
        return client

    def _make_client(self, service: str) -> Any:
        from botocore.config import Config

        target = self.target
        if self._session is None:
            self._session = self._open_session()
        config = Config(
            max_pool_connections=THREADS,
            connect_timeout=5,
            read_timeout=target.read_timeout,
            retries={"total_max_attempts": 1, "mode": "standard"},  # `Aws` resends, and only if that is safe
            user_agent_extra="pltui",
            # None means the environment's proxies. An endpoint on this machine is reached without a proxy.
            proxies={} if target.dummy_credentials else None,
        )
        client = self._session.client(service, endpoint_url=target.endpoint_url, config=config)
        client.meta.events.register("before-send", _check_request)
        client.meta.events.register("before-parse", _check_complete)
        check_requests(client)
        return client


def _of_tls(error: Exception, action: str) -> Exception:
    """Return the error of a TLS failure: an unverifiable certificate is permanent, others are connection errors."""
    if hint := certificate_hint(error):
        return RefusedError(str(error), action=action, hint=hint)
    return NotReached(str(error)) if in_handshake(error) else NoAnswer(str(error))


def _check_turn(operation: str) -> None:
    """Raise NotReached if the call may no longer be sent."""
    if not _turn.sendable():
        raise NotReached(Phrase("{operation} waited too long for its turn to be sent", operation=operation))


def _check_request(event_name: str, **_: Any) -> None:
    """Check again: to renew credentials before signing, botocore may have called other services for a minute."""
    _check_turn(event_name.rpartition(".")[2])


def _check_complete(response_dict: Mapping[str, Any], **_: Any) -> None:
    """Raise NoAnswer for a truncated answer, which botocore's JSON and REST parsers take for an empty one."""
    headers, body = response_dict["headers"], response_dict["body"]
    length = headers.get("content-length")
    if (length is not None and int(length) != len(body)) or (length is None and not body):
        raise NoAnswer(f"it was cut off after {len(body)} of {length or 'an unknown number of'} bytes")


def _dummy_arguments() -> dict[str, Any]:
    """Return arguments of a session without this user's settings: no profile, no AWS files, no variables."""
    from botocore.session import Session

    own = {name: (None, None, default, cast) for name, (_, _, default, cast) in Session.SESSION_VARIABLES.items()}
    for file in ("config_file", "credentials_file"):
        own[file] = (None, None, os.devnull, None)
    return {
        "botocore_session": Session(session_vars=own),
        "aws_access_key_id": "testing",
        "aws_secret_access_key": "testing",
    }


def iam_action(service: str, operation: str) -> str:
    """Return the call as IAM policies name it: `elasticloadbalancing:CreateLoadBalancer`."""
    return f"{IAM_PREFIX.get(service, service)}:{operation}"


def _snake_case(operation: str) -> str:
    """Return botocore's method name of an operation: ASCII names only, runs of capitals kept together."""
    from botocore import xform_name

    return str(xform_name(operation))
