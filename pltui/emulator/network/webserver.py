"""Web server of a machine: static files, served like httpd, nginx or `python3 -m http.server`."""

from __future__ import annotations

import asyncio
import html
import mimetypes
from collections.abc import Iterable
from email.utils import formatdate
from typing import cast
from urllib.parse import unquote

import h11

from pltui.emulator.user_data.site import Blob, Site, Software

_NAMES: dict[Software, bytes] = {
    "httpd": b"Apache (Amazon Linux)",
    "nginx": b"nginx",
    "python": b"SimpleHTTP/0.6 Python/3.9",
    "busybox": b"busybox httpd",
}
# These use HTTP/1.0: a connection is closed after its response.
_ONE_ANSWER = frozenset[Software]({"python", "busybox"})
_WELCOME = Blob(b"<!DOCTYPE html>\n<html><head><title>Welcome to nginx!</title></head></html>\n")
_ZEROS = bytes(256 * 1024)
_REASONS = {200: b"OK", 301: b"Moved Permanently", 400: b"Bad Request", 403: b"Forbidden", 404: b"Not Found",
            405: b"Method Not Allowed"}  # fmt: skip


class WebServer:
    """Protocol factory that tracks its connections, so that a machine that stops ends them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._connections: set[asyncio.Transport] = set()

    def __call__(self) -> asyncio.Protocol:
        return _Connection(self.site, self._connections)

    def abort(self) -> None:
        """Abort all connections."""
        for transport in tuple(self._connections):
            transport.abort()


class _Connection(asyncio.Protocol):
    def __init__(self, site: Site, siblings: set[asyncio.Transport]) -> None:
        self._site = site
        self._siblings = siblings
        self._http = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._transport: asyncio.Transport
        self._zeros = 0  # of the body being sent
        self._writable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection."""
        self._transport = cast(asyncio.Transport, transport)
        self._siblings.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection."""
        self._siblings.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Parse the data, and respond to complete requests."""
        self._http.receive_data(data)
        self._advance()

    def eof_received(self) -> bool:
        """Respond to the last request; return True while its body is being sent."""
        # A client may close its sending side and still wait for the response.
        self._http.receive_data(b"")
        self._advance()
        return self._zeros > 0 and not self._transport.is_closing()

    def pause_writing(self) -> None:
        """Stop sending the body while the client's buffer is full."""
        self._writable = False

    def resume_writing(self) -> None:
        """Continue the body, and then with the next request."""
        self._writable = True
        self._advance()

    def _advance(self) -> None:
        """Send and receive as far as possible without waiting."""
        try:
            while self._send_body() and self._step(self._http.next_event()):
                pass
        except h11.RemoteProtocolError as error:
            self._reject(error.error_status_hint)

    def _step(self, event: h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]) -> bool:
        """Handle one event; return True if another may be available."""
        if isinstance(event, h11.Request):
            self._request = event
        elif isinstance(event, h11.EndOfMessage):
            self._answer()
        elif isinstance(event, h11.ConnectionClosed):
            self._transport.close()
        return isinstance(event, h11.Request | h11.Data | h11.EndOfMessage)

    def _answer(self) -> None:
        assert self._request is not None
        if self._request.method not in (b"GET", b"HEAD"):
            self._respond(405)
            return
        path = unquote(self._request.target.partition(b"?")[0].decode("latin-1"), errors="replace")
        self._respond(*locate(self._site, path), path=path)

    def _reject(self, status: int) -> None:
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._request = None
            self._respond(status)
        self._transport.close()

    def _respond(self, status: int, body: Blob | None = None, path: str = "") -> None:
        body = Blob(_REASONS.get(status, b"") + b"\n") if body is None else body
        parts = [
            self._http.send(h11.Response(status_code=status, headers=list(self._headers(status, body, path)))),
            self._http.send(h11.Data(data=body.data)) if body.data and not self._headless else b"",
        ]
        self._zeros = 0 if self._headless else body.zeros
        self._transport.write(b"".join(part for part in parts if part))
        self._send_body()

    @property
    def _headless(self) -> bool:
        return self._request is not None and self._request.method == b"HEAD"

    def _headers(self, status: int, body: Blob, path: str) -> Iterable[tuple[bytes, bytes]]:
        yield b"Date", formatdate(usegmt=True).encode()
        yield b"Server", _NAMES[self._site.software]
        yield b"Content-Length", str(len(body)).encode()
        if status == 301:
            yield b"Location", f"{path}/".encode()
        kind = mimetypes.guess_type(path)[0] if status == 200 and not path.endswith("/") else "text/html"
        if kind:
            yield b"Content-Type", (f"{kind}; charset=UTF-8" if kind.startswith("text/") else kind).encode()
        if self._site.software in _ONE_ANSWER or status == 400:
            yield b"Connection", b"close"

    def _send_body(self) -> bool:
        """Send as much of the body as the transport accepts; return True if no response is left incomplete."""
        while self._zeros and self._writable:
            if self._transport.is_closing():
                return False
            chunk = _ZEROS if self._zeros >= len(_ZEROS) else bytes(self._zeros)
            self._zeros -= len(chunk)
            self._transport.write(self._http.send(h11.Data(data=chunk)) or b"")
        if self._zeros:
            return False
        if self._http.our_state is h11.SEND_BODY:
            self._transport.write(self._http.send(h11.EndOfMessage()) or b"")
        if self._http.our_state is h11.MUST_CLOSE:
            self._transport.close()
            return False
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        return True


def locate(site: Site, path: str) -> tuple[int, Blob | None]:
    """The status for a requested path, and the body if it is that of a file."""
    files = site.files
    if not path.endswith("/") and path in files:
        return 200, files[path]
    folder = path.rstrip("/") + "/"
    if f"{folder}index.html" in files:
        return (200, files[f"{folder}index.html"]) if path.endswith("/") else (301, None)
    inside = sorted({name[len(folder) :].partition("/")[0] for name in files if name.startswith(folder)})
    if not inside and path != "/":
        return 404, None
    if site.software == "python":
        return 200, Blob("".join(f'<li><a href="{n}">{n}</a></li>\n' for n in map(html.escape, inside)).encode())
    if site.software == "nginx" and not files:
        return 200, _WELCOME
    return 403, None
