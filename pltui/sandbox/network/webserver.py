"""A machine's web server: one page, as httpd serves a static file."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import cast

import h11

from pltui.sandbox.network.userdata import Page

_SERVER = b"Apache (Amazon Linux)"


class WebServer:
    """Makes the protocol of each connection, and knows them all, so that a machine that stops takes them along."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._connections: set[asyncio.Transport] = set()

    def __call__(self) -> asyncio.Protocol:
        return _Connection(self.page, self._connections)

    def abort(self) -> None:
        for transport in tuple(self._connections):
            transport.abort()


class _Connection(asyncio.Protocol):
    def __init__(self, page: Page, siblings: set[asyncio.Transport]) -> None:
        self._page = page
        self._siblings = siblings
        self._http = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._siblings.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._siblings.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._feed(data)

    def eof_received(self) -> bool:
        # A client may close its sending side and still wait for the answer; every answer is written by now.
        self._feed(b"")
        return False

    def _feed(self, data: bytes) -> None:
        try:
            self._http.receive_data(data)
            while self._step(self._http.next_event()):
                pass
        except h11.RemoteProtocolError as error:
            self._reject(error.error_status_hint)

    def _step(self, event: h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]) -> bool:
        """Act on one event; whether another may be there already."""
        if isinstance(event, h11.Request):
            self._request = event
        elif isinstance(event, h11.EndOfMessage):
            self._answer()
            if self._http.our_state is h11.MUST_CLOSE:
                self._transport.close()
                return False
            self._http.start_next_cycle()
        elif isinstance(event, h11.ConnectionClosed):
            self._transport.close()
        return isinstance(event, h11.Request | h11.Data | h11.EndOfMessage)

    def _answer(self) -> None:
        assert self._request is not None
        path = self._request.target.partition(b"?")[0]
        if self._request.method not in (b"GET", b"HEAD"):
            self._respond(405, b"Method Not Allowed\n")
        elif path in (b"/", b"/index.html"):
            self._respond(200, self._page.content)
        else:
            self._respond(404, b"Not Found\n")

    def _reject(self, status: int) -> None:
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._request = None
            self._respond(status, b"Bad Request\n")
        self._transport.close()

    def _respond(self, status: int, body: bytes) -> None:
        headers = [
            (b"Date", formatdate(usegmt=True).encode()),
            (b"Server", _SERVER),
            (b"Content-Length", str(len(body)).encode()),
            (b"Content-Type", b"text/html; charset=UTF-8"),
        ]
        if self._request is not None and self._request.method == b"HEAD":
            body = b""
        parts = (
            self._http.send(h11.Response(status_code=status, headers=headers)),
            self._http.send(h11.Data(data=body)) if body else b"",
            self._http.send(h11.EndOfMessage()),
        )
        self._transport.write(b"".join(part for part in parts if part))
