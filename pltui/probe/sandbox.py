"""Through the sandbox's network: its resolver for the VPC, then its SOCKS door as the client machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.resolver
import httpx

from pltui.probe.answer import Answer
from pltui.probe.request import AskError, Question, Recorder, client, send
from pltui.words import Phrase

CLIENT_UNKNOWN = Phrase("the sandbox knows no such client machine: is it running?")


@dataclass(frozen=True, slots=True)
class Door:
    """Where the network is entered, and as whom."""

    socks: str  # "127.0.0.1:PORT"
    resolver: str  # "127.0.0.1:PORT" of the machine's VPC
    machine: str  # instance id


class SandboxProbe:
    """Asks from a machine of the sandbox. `locate` finds the door, again whenever the machine seems to be another."""

    def __init__(self, question: Question, locate: Callable[[], Awaitable[Door]]) -> None:
        self._question, self._locate = question, locate
        self._way: tuple[Door, httpx.AsyncClient] | None = None
        self._asked = 0

    async def ask(self) -> Answer:
        self._asked += 1
        ip = None
        try:
            door, http = await self._entered()
            recorder = Recorder(self._question, self._asked)
            ip = await self._resolve(door)
            status, body, _ = await send(http, self._question, ip)
        except AskError as error:
            await self.close()  # the machine may have been replaced: look again before the next request
            return Recorder(self._question, self._asked).failed(error, ip)
        return recorder.answered(status, body, ip)

    async def close(self) -> None:
        if self._way:
            await self._way[1].aclose()
        self._way = None

    async def _entered(self) -> tuple[Door, httpx.AsyncClient]:
        if self._way is None:
            door = await self._locate()
            self._way = door, client(self._question, httpx.Proxy(f"socks5://{door.socks}", auth=(door.machine, "-")))
        return self._way

    async def _resolve(self, door: Door) -> str:
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
