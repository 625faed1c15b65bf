"""HTTP server of the API: on loopback only, with persistent connections, and without access for web pages."""

import io
import ipaddress
import logging
import re
import socket
from collections.abc import Callable, Iterable
from typing import cast
from wsgiref.types import WSGIEnvironment

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

_log = logging.getLogger(__name__)

StartResponse = Callable[..., object]
"""(status, headers) -> unused; begins a response."""

WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
"""A WSGI application (PEP 3333)."""

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes; far above any AWS control-plane call, so that an accidental upload cannot fill the memory."""

_OWN_SITES = ("none", "same-origin")
"""Sec-Fetch-Site of an address that the user typed, and of requests from the sandbox's own pages."""


_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?", re.ASCII)


def is_loopback(host: str) -> bool:
    """True if an address or name (`127.0.0.1`, `::1`, `localhost`) is this machine's."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_own_host(host: str, port: str) -> bool:
    """True if a Host header (`127.0.0.1:4566`, `[::1]:4566`, `localhost`) names this machine and no foreign port."""
    named = _HOST.fullmatch(host)
    return named is not None and is_loopback(named[1].strip("[]")) and named[2] in (None, port)


def refuse_browsers(app: WsgiApp) -> WsgiApp:
    """Answer 403 to requests of web pages.

    They have an Origin, or a Sec-Fetch-Site that is not a user's request (W3C Fetch Metadata), as those of images and
    links, or, after DNS rebinding, a foreign Host.
    """

    def guard(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        foreign = "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none") not in _OWN_SITES
        if not foreign and is_own_host(environ.get("HTTP_HOST", ""), environ["SERVER_PORT"]):
            return app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []

    return guard


class Handler(MotoRequestHandler):  # type: ignore[misc]
    """Request handler with persistent connections.

    Werkzeug closes after every response; here the body is read first, so that the connection stays usable.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body are sent in one segment

    def run_wsgi(self) -> None:
        """Read the request, its body only if it is not chunked, run the application, and send the response."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        self.environ = environ = self.make_environ()
        if not self._read_body(environ):
            self.close_connection = True
            self._answer("413 Content Too Large", [], b"")
            return
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

    def _read_body(self, environ: WSGIEnvironment) -> bool:
        if environ.get("wsgi.input_terminated"):
            self.close_connection = True  # chunked: only the application finds its end
            return True
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return False
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(length)))
        return True

    def _answer(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
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

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Log messages at debug level."""
        _log.debug(message, *args)

    def shutdown(self) -> None:
        """End `serve_forever` and stop listening."""
        super().shutdown()
        self.server_close()


def serve(app: WsgiApp, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Listen on loopback (port 0: any free one); call `serve_forever` to answer.

    Raises:
        ValueError: If `host` is not a loopback address.
    """
    if not is_loopback(host):
        raise ValueError(f"the sandbox listens on loopback only, not on {host}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=Server.request_queue_size) as listening:
        bound = cast(int, listening.getsockname()[1])
        return Server(host, bound, refuse_browsers(app), handler=Handler, fd=listening.fileno())
