"""One HTTP request over a fresh connection, and its possible failures."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import httpx
from socksio import ProtocolError

from pltui.i18n import Phrase
from pltui.probe.answer import Answer
from pltui.text import clean, timestamp

DIGITS = 3  # maximum digits of a subnet's number: by default a VPC has up to 200 subnets (VPC user guide, quotas)
LARGEST_BODY = 4096  # maximum bytes read of an answer: a greeting is one line


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """A request: its sender, its target, and the pattern that reads its answer."""

    consumer: str
    name: str  # the host, as in "provider-nlb.example.local"
    port: int
    path: str
    timeout: float  # seconds, for name resolution, connection and answer together
    pattern: re.Pattern[str]
    zones: Mapping[int, str]  # index of a server's subnet -> its zone


class AskError(Exception):
    """No server answered: `kind` is "timeout", "refused", "unresolved" or "reset"."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


class AnswerRecorder:
    """Times one request and creates its Answer. `at` and `age_s` are given if another clock took the times."""

    def __init__(self, question: ProbeRequest, n: int, *, at: str = "", age_s: float = 0.0) -> None:
        self._question, self._n, self._age_s = question, n, age_s
        self._at, self._begun = at or timestamp(), time.perf_counter()

    def from_response(self, status: int, body: str, ip: str | None, latency_ms: float | None = None) -> Answer:
        """Return the answer of a server; `latency_ms` is given if another clock took it."""
        found = self._question.pattern.search(body)
        number = found[1] if found else ""
        subnet = int(number) if number and number.isdecimal() and len(number) <= DIGITS else None
        failed = status >= 400
        error = Phrase("the server answered HTTP {status}", status=status) if failed else None
        zone = self._question.zones.get(subnet) if subnet is not None else None
        if latency_ms is None:
            latency_ms = (time.perf_counter() - self._begun) * 1000
        return replace(
            self._blank_answer(),
            status=status,
            subnet=subnet,
            zone=zone,
            latency_ms=round(latency_ms, 2),
            ip=ip,
            error=error,
            kind="http" if failed else None,
            text=clean(body, 200),
        )

    def from_error(self, error: AskError, ip: str | None) -> Answer:
        """Return the answer for a request without a response."""
        return replace(self._blank_answer(), ip=ip, error=error.message, kind=error.kind)

    def _blank_answer(self) -> Answer:
        return Answer(self._n, self._at, consumer=self._question.consumer, age_s=self._age_s)


def make_client(question: ProbeRequest, proxy: httpx.Proxy | None = None) -> httpx.AsyncClient:
    """Return an HTTP client that reuses no connection: an open one keeps its server whatever the switch is set to."""
    return httpx.AsyncClient(
        proxy=proxy,
        verify=False,  # noqa: S501 # plain HTTP: making a TLS context would cost more than the request
        trust_env=False,
        timeout=httpx.Timeout(question.timeout),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        headers={"User-Agent": "pltui-probe"},
    )


async def send_request(http: httpx.AsyncClient, question: ProbeRequest, host: str) -> tuple[int, str, str | None]:
    """Send a GET to `host`; return (status, body, address of the connection's peer).

    Raises:
        AskError: If no complete answer arrives in time.
    """
    url = httpx.URL(scheme="http", host=host, port=question.port, path="/").join(question.path)
    where = f"{question.name}:{question.port}"
    try:
        async with (
            asyncio.timeout(question.timeout),
            http.stream("GET", url, headers={"Host": question.name}) as response,
        ):
            body, peer = b"", _peer_address(response)
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) >= LARGEST_BODY:
                    break
            return response.status_code, body.decode("utf-8", "replace"), peer
    except (TimeoutError, httpx.TimeoutException) as error:
        text = Phrase(
            "no answer from {where} within {timeout:g} s: packets are dropped on the way",
            where=where,
            timeout=question.timeout,
        )
        raise AskError("timeout", text) from error
    except httpx.ProxyError as error:
        raise _from_proxy(error, where) from error
    except httpx.ConnectError as error:
        if _caused_by(error, socket.gaierror):
            raise AskError("unresolved", Phrase("{name} does not resolve here", name=question.name)) from error
        raise AskError(
            "refused", Phrase("{where} refused the connection: nothing listens there", where=where)
        ) from error
    except ProtocolError as error:  # bytes that arrived together with the SOCKS server's own reply
        text = Phrase(
            "{where} sent data before the request, like a server that cannot read the proxy protocol", where=where
        )
        raise AskError("reset", text) from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise AskError(
            "reset", Phrase("{where} broke off the connection before its answer was complete", where=where)
        ) from error


def _peer_address(response: httpx.Response) -> str | None:
    """Return the peer's address, which is known only while the connection is open."""
    stream = response.extensions.get("network_stream")
    address = stream.get_extra_info("server_addr") if stream else None
    return str(address[0]) if address else None


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def _from_proxy(error: httpx.ProxyError, where: str) -> AskError:
    """Return the SOCKS server's reply in plain words (RFC 1928, section 6)."""
    text = str(error).lower()
    if "refused" in text:
        return AskError("refused", Phrase("{where} refused the connection: nothing listens there", where=where))
    if "username" in text or "password" in text or "auth" in text:
        return AskError("unresolved", Phrase("the sandbox has no such client machine: is it running?"))
    return AskError("timeout", Phrase("{where} cannot be reached: {error}", where=where, error=clean(error)))
