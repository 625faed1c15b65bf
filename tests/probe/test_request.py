"""One request to a real server, and the plain ways it can fail."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from pltui.probe.answer import Answer
from pltui.probe.direct import DirectProbe
from pltui.probe.request import LARGEST_BODY, AskError, ProbeRequest, make_client, send_request

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def http(body: bytes, status: str = "200 OK", more: str = "") -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    return handle


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.close()


async def cut_short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nHello from")
    writer.close()


async def no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"220 mail.example.local ESMTP\r\n\r\n")
    writer.close()


async def slow_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte now and then: each one comes within the timeout, the whole never does."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    try:
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)
    except ConnectionError:
        return


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\nSubnet 2 ")
    try:
        while not writer.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()
    except ConnectionError:
        return


def question(port: int, name: str = "127.0.0.1", timeout: float = 0.3, path: str = "/") -> ProbeRequest:
    zones = {1: "eu-west-1a", 2: "eu-west-1b"}
    return ProbeRequest("consumer", name, port, path, timeout, re.compile(r"Subnet (\d+)"), zones)


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def ask(handler: Handler, timeout: float = 5) -> Answer:
    async with serving(handler) as port:
        probe = DirectProbe(question(port, timeout=timeout))
        try:
            return await probe.ask()
        finally:
            await probe.close()


async def test_an_answer_names_subnet_zone_address_and_how_long_it_took() -> None:
    answer = await ask(http(b"Hello from Provider VPC on Subnet 2\n"))
    assert (answer.ok, answer.n, answer.status, answer.consumer) == (True, 1, 200, "consumer")
    assert (answer.subnet, answer.zone, answer.ip) == (2, "eu-west-1b", "127.0.0.1")
    assert answer.latency_ms is not None
    assert answer.latency_ms > 0
    assert (answer.error, answer.kind) == (None, None)


@pytest.mark.parametrize(
    ("handler", "timeout", "kind", "words"),
    [
        (silent, 0.3, "timeout", "within 0.3 s"),
        (slow_body, 0.4, "timeout", "within 0.4 s"),
        (resetting, 5, "reset", "broke off"),
        (cut_short, 5, "reset", "broke off"),
        (no_http, 5, "reset", "broke off"),
        (http(b"not gzip", more="Content-Encoding: gzip\r\n"), 5, "reset", "broke off"),
        (http(b"Subnet 1", "503 Service Unavailable"), 5, "http", "HTTP 503"),
        (http(b"", "404 Not Found"), 5, "http", "HTTP 404"),
    ],
    ids=["silence", "slow body", "reset", "cut short", "not HTTP", "garbled", "503", "404"],
)
async def test_each_failure_has_its_kind_and_its_words(handler: Handler, timeout: float, kind: str, words: str) -> None:
    answer = await ask(handler, timeout)
    assert (answer.ok, answer.kind) == (False, kind)
    assert words in (answer.error or "")


async def test_where_nothing_listens_the_connection_is_refused() -> None:
    async with serving(silent) as port:
        pass
    answer = await DirectProbe(question(port, timeout=5)).ask()
    assert (answer.kind, answer.status, answer.latency_ms) == ("refused", None, None)


async def test_a_name_that_does_not_resolve_is_no_refusal() -> None:
    answer = await DirectProbe(question(80, "nobody.invalid", timeout=20)).ask()
    assert answer.kind == "unresolved"
    assert "nobody.invalid" in (answer.error or "")


@pytest.mark.parametrize("code", [socket.EAI_AGAIN, socket.EAI_NONAME, socket.EAI_FAIL])
async def test_whatever_the_resolver_says_is_no_refusal(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "Temporary failure in name resolution")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    assert (await DirectProbe(question(80, "lab.example", timeout=20)).ask()).kind == "unresolved"


async def test_an_endless_body_is_read_no_further_than_a_greeting_needs() -> None:
    answer = await ask(endless)
    assert (answer.ok, answer.subnet) == (True, 2)
    assert len(answer.text) < LARGEST_BODY


@pytest.mark.parametrize(
    ("body", "subnet", "zone"),
    [
        (b"Subnet 3", 3, None),
        (b"Hello", None, None),
        ("Subnet ²".encode(), None, None),
        (b"Subnet 1 Subnet 2", 1, "eu-west-1a"),
        (b"\xff\xfe Subnet 1", 1, "eu-west-1a"),
    ],
)
async def test_the_subnet_is_read_off_the_body(body: bytes, subnet: int | None, zone: str | None) -> None:
    answer = await ask(http(body))
    assert (answer.ok, answer.subnet, answer.zone) == (True, subnet, zone)


async def test_nothing_a_server_sends_reaches_the_terminal_as_it_is() -> None:
    answer = await ask(http(b"Subnet 1 \x1b]0;owned\x07\x1b[2J"))
    assert not re.search(r"[\x00-\x1f\x7f]", answer.text)


async def test_the_server_is_asked_by_name_and_on_a_fresh_connection_each_time() -> None:
    hosts, connections = list[str](), 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while head := await reader.readuntil(b"\r\n\r\n"):
            found = re.search(rb"\r\nHost: ([^\r]+)", head, re.IGNORECASE)
            hosts.append(found[1].decode() if found else "")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nSubnet 1")
            await writer.drain()

    async with serving(_until_eof(handle)) as port:
        probe = DirectProbe(question(port, "localhost", timeout=5))
        answers = [await probe.ask() for _ in range(3)]
        await probe.close()
    assert [answer.n for answer in answers] == [1, 2, 3]
    assert hosts == ["localhost"] * 3
    assert connections == 3


def _until_eof(handler: Handler) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    return handle


async def test_an_answer_as_one_json_line_has_what_scripts_read() -> None:
    document = (await ask(http(b"Subnet 1"))).document()
    assert document["type"] == "probe"
    assert {"n", "at", "status", "subnet", "zone", "latency_ms", "ip", "error"} <= set(document)


async def test_a_server_that_speaks_before_it_is_asked_breaks_no_more_than_its_own_answer() -> None:
    async def eager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A SOCKS door, and a server behind it whose words come in one packet with the door's own."""
        await reader.readexactly(3)
        writer.write(b"\x05\x02")
        await reader.readexactly(2)
        writer.write(b"\x01\x00")
        await reader.readuntil(b"\x7f\x00\x00\x01")
        writer.write(b"\x05\x00\x00\x01" + bytes(6) + b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.close()

    async with serving(eager) as port:
        asked = question(80, timeout=5)
        async with make_client(asked, httpx.Proxy(f"socks5://127.0.0.1:{port}", auth=("i-1", "-"))) as through:
            with pytest.raises(AskError, match="before the request") as refused:
                await send_request(through, asked, "127.0.0.1")
    assert refused.value.kind == "reset"
