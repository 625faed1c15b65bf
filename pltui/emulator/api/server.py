"""HTTP server of the API: on loopback only, with persistent connections, and without access for web pages."""

import contextlib
import io
import ipaddress
import logging
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast
from wsgiref.types import WSGIEnvironment

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from pltui.emulator.api.protocol_errors import error_response, parse_call
from pltui.emulator.api.request_body import (
    BodyTooLargeError,
    MalformedBodyError,
    check_decompressed,
    check_length,
    content_length,
    read_body,
)
from pltui.emulator.api.timed_stream import TimedStream

_log = logging.getLogger(__name__)

StartResponse = Callable[..., object]
"""(status, headers) -> unused; begins a response."""

WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
"""A WSGI application (PEP 3333)."""

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes; far above any AWS control-plane call, so that an accidental upload cannot fill the memory."""

IDLE_TIMEOUT_S = 75.0
"""Real seconds in which a connection must bring the next request's head (nginx: 75 s); clients pool connections."""

BODY_TIMEOUT_S = 60.0
"""Real seconds in which a body must arrive."""

LINGER_S = 2.0
"""Real seconds in which the rest of a refused request is read and discarded."""

_OWN_SITES = ("none", "same-origin")
"""Sec-Fetch-Site of an address that the user typed, and of requests from the sandbox's own pages."""


_FOREIGN = (
    b"web pages cannot call the sandbox: requests with an Origin, or another Host than this machine, are refused\n"
)
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?", re.ASCII)


def is_loopback(host: str) -> bool:
    """True if an address or name (`127.0.0.1`, `::1`, `localhost`) is this machine's."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_own_host(host: str) -> bool:
    """True if a Host header (`127.0.0.1:4566`, `[::1]:4566`, `localhost`) names this machine.

    The port may be another one, as a proxy's or a forwarded one.
    """
    named = _HOST.fullmatch(host)
    return named is not None and is_loopback(named[1].strip("[]"))


def refuse_browsers(app: WsgiApp) -> WsgiApp:
    """Answer 403 to requests of web pages.

    They have an Origin, or a Sec-Fetch-Site that is not a user's request (W3C Fetch Metadata), as those of images and
    links, or, after DNS rebinding, a foreign Host.
    """

    def guard(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        foreign = "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none") not in _OWN_SITES
        if not foreign and is_own_host(environ.get("HTTP_HOST", "")):
            return app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(_FOREIGN)))])
        return [_FOREIGN]

    return guard


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes in bytes and times in real seconds that a connection may have."""

    body: int = LARGEST_BODY
    idle_s: float = IDLE_TIMEOUT_S
    body_s: float = BODY_TIMEOUT_S


class Handler(MotoRequestHandler):  # type: ignore[misc]
    """Request handler with persistent connections and limits.

    Werkzeug closes after every response; here the body is read first, so that the connection stays usable. It is closed
    after a request whose end is unknown.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body are sent in one segment
    error_content_type = "text/plain; charset=utf-8"  # of requests that are no HTTP
    error_message_format = "%(code)d %(message)s\n"

    def setup(self) -> None:
        """Open the streams of the connection."""
        super().setup()
        self.rfile.close()
        self._timed = TimedStream(self.connection)
        self.rfile: io.BufferedReader = io.BufferedReader(self._timed)

    def handle_one_request(self) -> None:
        """Answer the next request; its head must arrive within the time for idle connections."""
        self._timed.allow(self.server.limits.idle_s)
        super().handle_one_request()

    def handle_expect_100(self) -> bool:
        """Answer Expect: 100-continue later, once the length is known to be allowed."""
        return True

    def run_wsgi(self) -> None:
        """Read the body, run the application, and send the response."""
        self.environ = environ = self.make_environ()
        try:
            body = self._read_body()
        except MalformedBodyError as malformed:
            self._refuse("400 Bad Request", "MalformedInput", str(malformed))
            return
        except BodyTooLargeError:
            largest = self.server.limits.body
            self._refuse("413 Content Too Large", "RequestEntityTooLarge", f"The body has more than {largest} bytes.")
            return
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ.pop("wsgi.input_terminated", None)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> None:
            started[:] = [(status, headers)]

        try:
            parts = self.server.app(environ, start_response)
            body = b"".join(parts)
        except Exception:
            _log.exception("request failed: %r", self.requestline)
            self._answer("500 Internal Server Error", [("Content-Type", "text/plain")], b"")
            return
        try:
            self._answer(*started[0], body)
        finally:
            if hasattr(parts, "close"):
                parts.close()

    def _read_body(self) -> bytes:
        limits: Limits = self.server.limits
        length = content_length(self.headers)
        check_length(length, limits.body)
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        self._timed.allow(limits.body_s)
        body = read_body(self.rfile, length, limits.body)
        if parse_call(self.environ).service != "s3":  # stores the body as it is
            check_decompressed(body, ",".join(self.headers.get_all("Content-Encoding", [])), limits.body)
        return body

    def _refuse(self, status: str, code: str, message: str) -> None:
        """Answer with an error, and close the connection, as the end of the request is unknown."""
        self.close_connection = True
        self.environ["wsgi.input"] = None
        self._answer(*error_response(parse_call(self.environ), status, code, message))
        with contextlib.suppress(OSError):  # the peer may be gone
            self.connection.shutdown(socket.SHUT_WR)
            self._timed.allow(LINGER_S)  # a client that is still sending would lose the response to a reset
            while self.rfile.read1():
                pass

    def _answer(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.connection.settimeout(self.server.limits.idle_s)
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        sized = False
        for name, value in headers:
            sized = sized or name.lower() == "content-length"
            self.send_header(name, value)
        if not sized:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Log requests at debug level."""
        _log.debug(message, *args)


class Server(ThreadedWSGIServer):
    """Server with a thread per connection. `port` is the bound port; `serve_forever` blocks until `shutdown`."""

    daemon_threads = True
    request_queue_size = 128
    limits = Limits()

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Log messages at debug level."""
        _log.debug(message, *args)

    def shutdown(self) -> None:
        """End `serve_forever` and stop listening."""
        super().shutdown()
        self.server_close()


def serve(app: WsgiApp, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None) -> Server:
    """Listen on loopback (port 0: any free one); call `serve_forever` to answer.

    Raises:
        ValueError: If `host` is not a loopback address.
    """
    if not is_loopback(host):
        raise ValueError(f"the sandbox listens on loopback only, not on {host}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=Server.request_queue_size) as listening:
        bound = cast(int, listening.getsockname()[1])
        server = Server(host, bound, refuse_browsers(app), handler=Handler, fd=listening.fileno())
    server.limits = limits or Limits()
    return server
