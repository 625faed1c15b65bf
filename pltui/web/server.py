"""A page on loopback that shows the app, accessible only from this machine.

textual-serve carries the bytes. This module closes its gaps: any host name would work (DNS rebinding), any page could
open its socket (cross-site WebSocket hijacking), its own page loads a font from another site, and apps outlive a server
that is stopped.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import web
from textual_serve.server import Server, to_int

from pltui.errors import LabError
from pltui.i18n import Phrase, current_language, tr
from pltui.web.tab import Tab

HOST = "127.0.0.1"
LARGEST = 1000  # maximum columns or rows
ENDING = 5.0  # seconds in which all tabs together must end

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# No external content, and no framing by other pages (clickjacking).
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        "img-src 'self' data:; connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class LabPage(Server):  # type: ignore[misc]
    """Serves `command`, one process per tab, under `title`.

    Everything is below an unguessable path, because any user and program of this machine reaches a port on loopback.
    """

    def __init__(self, command: Sequence[str], title: str) -> None:
        super().__init__("", host=HOST, title=title)
        self._words = tuple(command)
        self._path = f"/{secrets.token_urlsafe(32)}"
        self._tabs = set[Tab]()
        self._hosts: frozenset[str] = frozenset()
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, port: int) -> None:
        """Listen on a port; 0 takes any free one.

        Raises:
            LabError: If the port is taken (exit code 2).
        """
        self._runner = web.AppRunner(self._make_application(), access_log=None, shutdown_timeout=ENDING)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise LabError(
                Phrase("cannot listen on port {port}: {strerror}", port=port, strerror=error.strerror),
                Phrase("--port 0 uses a free port"),
                2,
            ) from None
        bound = self._runner.addresses[0][1]
        self._hosts = frozenset(
            {f"{HOST}:{bound}", f"localhost:{bound}"} | ({HOST, "localhost"} if bound == 80 else set())
        )
        self.url = f"http://{HOST}:{bound}{self._path}/"

    async def close(self) -> None:
        """End every tab's app, and stop listening."""
        if self._runner:
            await self._runner.cleanup()

    # -- the application ------------------------------------------------------------------------------------------

    def _make_application(self) -> web.Application:
        page = web.Application(middlewares=[self._check_origin])
        page.on_response_prepare.append(self._add_headers)
        page.on_shutdown.append(self._end_tabs)
        page.add_routes(
            [
                web.get(f"{self._path}/", self.handle_index),
                web.get(f"{self._path}/page.js", self.handle_script),
                web.get(f"{self._path}/ws", self.handle_websocket),
                web.static(f"{self._path}/static", Path(textual_serve.__file__).parent / "static"),
                # Path at which the script fetches a saved file. Its key is random and valid once.
                web.get("/download/{key}", self.handle_download),
            ]
        )
        return page

    @web.middleware
    async def _check_origin(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        # A foreign name that now resolves to loopback (DNS rebinding) still appears in Host.
        if request.host not in self._hosts:
            raise web.HTTPForbidden(text=f"this page is at {HOST} only\n")
        # Browsers always send the origin of a WebSocket, and the same-origin policy does not block it.
        origin = request.headers.get("Origin")
        ours = origin == f"http://{request.host}"
        if not ours and (origin is not None or request.headers.get("Upgrade")):
            raise web.HTTPForbidden(text="another page may not speak to this one\n")
        return await handler(request)

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers[name] = value.format(host=request.host)

    async def _end_tabs(self, _: web.Application) -> None:
        await asyncio.gather(*(tab.stop() for tab in self._tabs))

    # -- requests of the browser ----------------------------------------------------------------------------------

    async def handle_index(self, request: web.Request) -> web.Response:
        """Return the page: a terminal that fills it."""
        from html import escape

        text = Template(_read_template("page.html")).substitute(
            language=current_language(),
            title=escape(f"pltui · {self.title}"),
            opening=escape(tr("opening the app…")),
            closed=escape(tr("The app has ended; the lab keeps running.")),
            again=escape(tr("Open it again")),
            websocket=f"ws://{request.host}{self._path}/ws",
            font_size=min(64, max(6, to_int(request.query.get("fontsize", "16"), 16))),
        )
        return web.Response(text=text, content_type="text/html")

    async def handle_script(self, _: web.Request) -> web.Response:
        """Return the page's script, which keeps the keyboard focus on the terminal."""
        return web.Response(text=_read_template("page.js"), content_type="text/javascript")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Serve a tab: its keys go to an app of its own, and the app's output comes back."""
        websocket = web.WebSocketResponse(heartbeat=15, timeout=ENDING)
        await websocket.prepare(request)
        tab = Tab(
            self._words,
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=websocket.close,
            download_manager=self.download_manager,
        )
        self._tabs.add(tab)
        try:
            await tab.start(_parse_cells(request, "width", 80), _parse_cells(request, "height", 24))
            await self._process_messages(websocket, tab)
        finally:
            await asyncio.shield(tab.stop())
            self._tabs.discard(tab)
        return websocket


def _read_template(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _parse_cells(request: web.Request, name: str, default: int) -> int:
    wish: int = to_int(request.query.get(name, ""), default)
    return min(LARGEST, max(1, wish))
