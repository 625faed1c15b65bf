"""A proxy in front of the sandbox's API that knows which operation each request asks for, and spoils chosen ones."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
import re
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import h11

PATIENCE = 60.0  # seconds until what should come is given up
REQUEST_ID = "11111111-2222-3333-4444-555555555555"  # of the answers made here
READS = ("Describe", "Get", "List")

_CHUNK = 65536  # octets
_SERVICE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")  # Signature Version 4
# Route 53 names no operation: method and path tell it (botocore's model of the service).
_HOSTED_ZONES = (
    ("POST", r"/hostedzone", "CreateHostedZone"),
    ("GET", r"/hostedzone", "ListHostedZones"),
    ("POST", r"/hostedzone/[^/]+", "UpdateHostedZoneComment"),
    ("GET", r"/hostedzone/[^/]+", "GetHostedZone"),
    ("DELETE", r"/hostedzone/[^/]+", "DeleteHostedZone"),
    ("POST", r"/hostedzone/[^/]+/rrset/?", "ChangeResourceRecordSets"),
    ("GET", r"/hostedzone/[^/]+/rrset", "ListResourceRecordSets"),
    ("POST", r"/hostedzone/[^/]+/associatevpc", "AssociateVPCWithHostedZone"),
    ("POST", r"/hostedzone/[^/]+/disassociatevpc", "DisassociateVPCFromHostedZone"),
    ("GET", r"/change/[^/]+", "GetChange"),
)


class Fault(enum.Enum):
    LOST = "applied; the connection is closed in place of the answer"
    CUT = "applied; the connection is closed amid the answer's body"
    CUT_HEAD = "applied; the connection is closed amid the answer's first header"
    RESET = "the connection is reset, and the request never arrives"
    KILL = "applied; the caller is killed in place of the answer"
    HOLD = "applied; the answer waits for `Proxy.release`"
    DENY = "answered with a 403 for want of permission"
    THROTTLE = "answered as by a service asked too often"
    DIE = "the connection is reset, and no other is accepted from then on"
    TWO_DATES = "applied; the answer has two Date headers, as behind some proxies"


@dataclass(frozen=True, slots=True)
class Call:
    number: int  # from 1
    write: int  # its number among the writes, from 1; 0 for a read
    service: str  # as it signs
    operation: str

    @property
    def kind(self) -> str:
        return f"{self.service}:{self.operation}"


Script = Callable[[Call], Fault | None]


def nothing(_: Call) -> Fault | None:
    return None


def at_write(number: int, fault: Fault) -> Script:
    """`fault` at the `number`th write."""
    return lambda call: fault if call.write == number else None


def at_first_of(faults: Mapping[str, Fault]) -> Script:
    """For each kind named, such as "ec2:CreateVpc", its fault at the first call of it."""
    left = dict(faults)
    return lambda call: left.pop(call.kind, None)


def always(kind: str, fault: Fault) -> Script:
    return lambda call: fault if call.kind == kind else None


def at_call(number: int, fault: Fault) -> Script:
    """`fault` at the `number`th call and at every one after it."""
    return lambda call: fault if call.number >= number else None


def every(count: int, fault: Fault) -> Script:
    """`fault` at every `count`th call."""
    return lambda call: fault if call.number % count == 0 else None


class Proxy:
    """Serves on a thread of its own while the `with` block lasts. Its methods are for the test's thread."""

    def __init__(self, upstream: str, script: Script = nothing) -> None:
        url = urlsplit(upstream)
        self._upstream = (url.hostname or "", url.port or 0)
        self._script = script
        self.calls: list[Call] = []
        self.faults = 0
        self._port = 0  # until it listens
        self._connections = 0
        self._held = 0
        self._caller: subprocess.Popen[str] | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="proxy", daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        self._until(lambda: self._port > 0, "the proxy listens")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.write]

    def attach(self, caller: subprocess.Popen[str]) -> None:
        """Whom `Fault.KILL` kills."""
        with self._noted():
            self._caller = caller

    def wait_for_held(self) -> None:
        self._until(lambda: self._held > 0, "an answer is held")

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Until `condition`, looked at with each call, holds."""
        self._until(condition, what)

    def wait_until_quiet(self) -> None:
        """Until every connection is closed, as when the caller has ended: nothing it has sent is under way."""
        self._until(lambda: not self._connections, "the connections close")

    def release(self) -> None:
        """Deliver what is held."""
        self._loop.call_soon_threadsafe(self._released.set)

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, PATIENCE):
                raise AssertionError(f"it never came to be: {what}; calls: {[call.kind for call in self.calls]}")

    @contextlib.contextmanager
    def _noted(self) -> Iterator[None]:
        with self._changed:
            yield
            self._changed.notify_all()

    # -- on the proxy's own thread --------------------------------------------------------------------------------

    async def _serve(self) -> None:
        self._loop, self._over, self._released = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        self._server = server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        with self._noted():
            self._port = server.sockets[0].getsockname()[1]
        await self._over.wait()
        server.close()
        self._released.set()  # what is still held is dropped
        if left := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(left)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._noted():
            self._connections += 1
        try:
            peer = h11.Connection(h11.SERVER)
            while (request := await _message(peer, reader)) and await self._exchange(request, writer):
                # The answer goes past h11 as it came; only the requests are read by it.
                peer = h11.Connection(h11.SERVER)
        except (ConnectionError, h11.RemoteProtocolError):
            pass  # whoever called has gone, killed for one
        finally:
            writer.close()
            with self._noted():
                self._connections -= 1

    async def _exchange(self, request: _Message, writer: asyncio.StreamWriter) -> bool:
        """Answer one request, or not; whether the connection goes on."""
        call = self._note(request)
        fault = self._script(call)
        self.faults += fault is not None
        match fault:
            case Fault.RESET | Fault.DIE:
                if fault is Fault.DIE:
                    self._stop_listening()
                _reset(writer)
                return False
            case Fault.DENY | Fault.THROTTLE:
                writer.write(_refusal(call, fault))
                await writer.drain()
                return True
        answer = await self._forward(request)
        match fault:
            case Fault.LOST:
                return False
            case Fault.CUT | Fault.CUT_HEAD:
                writer.write(answer.cut(in_head=fault is Fault.CUT_HEAD))
                await writer.drain()
                return False
            case Fault.KILL:
                await asyncio.to_thread(self._kill)
                return False
            case Fault.HOLD:
                with self._noted():
                    self._held += 1
                await self._released.wait()
                if self._over.is_set():
                    return False
        writer.write(answer.with_another_date() if fault is Fault.TWO_DATES else answer.raw)
        await writer.drain()
        return True

    def _stop_listening(self) -> None:
        """Accept nothing more. What was accepted in this turn of the loop still needs the server to be open."""
        for listener in self._server.sockets:
            self._loop.remove_reader(listener.fileno())
        self._loop.call_later(0.1, self._server.close)

    def _note(self, request: _Message) -> Call:
        service, operation = _operation(request)
        write = not operation.startswith(READS)
        with self._noted():
            call = Call(len(self.calls) + 1, len(self.writes) + 1 if write else 0, service, operation)
            self.calls.append(call)
        return call

    async def _forward(self, request: _Message) -> _Message:
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            writer.write(request.raw)
            peer = h11.Connection(h11.CLIENT)
            assert isinstance(request.head, h11.Request)
            peer.send(request.head)
            if request.body:
                peer.send(h11.Data(data=request.body))
            peer.send(h11.EndOfMessage())
            answer = await _message(peer, reader)
            assert answer, "the sandbox closed the connection"
            return answer
        finally:
            writer.close()

    def _kill(self) -> None:
        self._until(lambda: self._caller is not None, "the caller is known")
        assert self._caller
        self._caller.send_signal(signal.SIGKILL)
        self._caller.wait(PATIENCE)


@dataclass(frozen=True, slots=True)
class _Message:
    head: h11.Request | h11.Response
    body: bytes
    raw: bytes

    def header(self, name: bytes) -> str:
        return next((value.decode() for key, value in self.head.headers if key == name), "")

    def cut(self, *, in_head: bool) -> bytes:
        """The first part of it. An answer without a body can only be cut in its head."""
        head, blank, body = self.raw.partition(b"\r\n\r\n")
        if body and not in_head:
            return head + blank + body[: len(body) // 2]
        status, line_end, headers = head.partition(b"\r\n")
        return status + line_end + headers[: headers.index(b":") // 2]

    def with_another_date(self) -> bytes:
        """As a proxy forwards it that adds a Date header to the one there is."""
        status, line_end, rest = self.raw.partition(b"\r\n")
        date = next(value for name, value in self.head.headers if name == b"date")
        return status + line_end + b"Date: " + date + line_end + rest


async def _message(peer: h11.Connection, reader: asyncio.StreamReader) -> _Message | None:
    """The next request or answer; None where the connection was closed instead."""
    raw, body, head = b"", b"", None
    while True:
        match peer.next_event():
            case h11.NEED_DATA:
                data = await reader.read(_CHUNK)
                raw += data
                peer.receive_data(data)
            case h11.Request() | h11.Response() as event:
                head = event
            case h11.Data(data=data):
                body += data
            case h11.EndOfMessage():
                assert head
                return _Message(head, body, raw)
            case h11.ConnectionClosed() | h11.PAUSED:
                return None


def _operation(request: _Message) -> tuple[str, str]:
    assert isinstance(request.head, h11.Request)
    scope = _SERVICE.search(request.header(b"authorization"))
    service = scope[1] if scope else ""
    if target := request.header(b"x-amz-target"):
        return service, target.rpartition(".")[2]
    if service == "route53":
        method, path = request.head.method.decode(), urlsplit(request.head.target.decode()).path
        asked = path.removeprefix("/2013-04-01")
        return service, next(name for m, p, name in _HOSTED_ZONES if m == method and re.fullmatch(p, asked))
    return service, parse_qs(request.body.decode())["Action"][0]


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: lingering for no time drops the connection (socket(7), SO_LINGER)."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _refusal(call: Call, fault: Fault) -> bytes:
    """An error in the service's own terms (EC2: Response/Errors; query and REST-XML: ErrorResponse; JSON 1.1)."""
    status, code = (403, "UnauthorizedOperation") if fault is Fault.DENY else (400, "Throttling")
    if call.service == "ec2" and fault is Fault.THROTTLE:
        status, code = 503, "RequestLimitExceeded"
    error = f"<Error><Code>{code}</Code><Message>{fault.value}</Message></Error>"
    match call.service:
        case "ec2":
            body = f"<Response><Errors>{error}</Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
        case "ssm":
            body = json.dumps({"__type": "ThrottlingException", "message": fault.value})
        case _:
            body = f"<ErrorResponse>{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n{body}".encode()
