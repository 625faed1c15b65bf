"""Probe through the sandbox's network: the VPC's resolver, then the SOCKS server as the client machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf

import dns.asyncresolver
import dns.exception
import dns.resolver
import httpx

from pltui.i18n import Phrase
from pltui.probe.answer import Answer
from pltui.probe.request import AnswerRecorder, AskError, ProbeRequest, make_client, send_request

CLIENT_UNKNOWN = Phrase("the sandbox has no such client machine: is it running?")


@dataclass(frozen=True, slots=True)
class ProbeRoute:
    """Entry points into the sandbox's network, and the machine that sends the requests."""

    socks: str  # "127.0.0.1:PORT"
    resolver: str  # "127.0.0.1:PORT" of the machine's VPC
    machine: str  # instance id


# Minimum seconds between two searches for the route after failures: the machine may have been replaced.
LOOK_AGAIN = 1.0


class SandboxProbe:
    """Sends requests from a machine of the sandbox, several at a time if needed. `locate` finds the route."""

    def __init__(self, question: ProbeRequest, locate: Callable[[], Awaitable[ProbeRoute]]) -> None:
        self._question, self._locate = question, locate
        self._clients: dict[ProbeRoute, httpx.AsyncClient] = {}
        self._door: ProbeRoute | AskError | None = None  # result of the last search
        self._doubted, self._looked = True, -inf
        self._looking = asyncio.Lock()
        self._asked = 0

    async def ask(self) -> Answer:
        """Send one request; failures are part of the answer."""
        self._asked += 1
        n, ip = self._asked, None
        try:
            door = await self._find_route()
            recorder = AnswerRecorder(self._question, n)
            ip = await self._resolve_host(door)
            status, body, _ = await send_request(self._route_client(door), self._question, ip)
        except AskError as error:
            self._doubted = True
            return AnswerRecorder(self._question, n).from_error(error, ip)
        return recorder.from_response(status, body, ip)

    async def close(self) -> None:
        """Close all HTTP clients."""
        while self._clients:
            await self._clients.popitem()[1].aclose()

    async def _find_route(self) -> ProbeRoute:
        """Return the route; search again after a failure. Raises AskError."""
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if self._doubted and now - self._looked >= LOOK_AGAIN:
                self._doubted, self._looked = False, now
                try:
                    self._door = await self._locate()
                except AskError as error:
                    self._door = error
        assert self._door is not None
        if isinstance(self._door, AskError):
            raise AskError(self._door.kind, self._door.message)
        return self._door

    def _route_client(self, door: ProbeRoute) -> httpx.AsyncClient:
        """Return the client of a route; an earlier route's client may still be in use."""
        if door not in self._clients:
            proxy = httpx.Proxy(f"socks5://{door.socks}", auth=(door.machine, "-"))
            self._clients[door] = make_client(self._question, proxy)
        return self._clients[door]

    async def _resolve_host(self, door: ProbeRoute) -> str:
        host, _, port = door.resolver.rpartition(":")
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [host], int(port)
        name = self._question.name
        try:
            async with asyncio.timeout(self._question.timeout):
                answer = await resolver.resolve(f"{name}.", "A", lifetime=self._question.timeout, search=False)
        except dns.resolver.NXDOMAIN as error:
            raise AskError(
                "unresolved", Phrase("{name} does not exist in the DNS of the client's VPC", name=name)
            ) from error
        except (dns.exception.Timeout, TimeoutError, dns.resolver.NoNameservers) as error:
            raise AskError(
                "unresolved", Phrase("{name}: the VPC's resolver gives no answer; is DNS support on?", name=name)
            ) from error
        except dns.exception.DNSException as error:
            raise AskError(
                "unresolved", Phrase("{name} has no address in the DNS of the client's VPC", name=name)
            ) from error
        return str(answer[0])
