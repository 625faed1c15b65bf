"""A page that carries a stand-in for the app, and a browser's side of its connection."""

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from pltui.web.server import LabPage

# Speaks as Textual's driver does (see pltui/web/tab.py), then does as {acts}.
STAND_IN = """
import json, os, signal, struct, sys, time
def send(kind, payload):
    os.write(1, kind + struct.pack(">I", len(payload)) + payload)
def draw(text):
    send(b"D", text.encode())
def received():
    kind, size = struct.unpack(">cI", sys.stdin.buffer.read(5))
    return kind, sys.stdin.buffer.read(size)
def begin(**facts):
    os.write(1, b"__GANGLION__\\n")
    draw(json.dumps({"pid": os.getpid(), **facts}))
"""

Serve = Callable[..., Awaitable[LabPage]]


class Browser:
    """What a browser's script does: JSON for what is typed, bytes for what is drawn."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.session, self.socket = session, socket

    async def type(self, keys: str) -> None:
        await self.socket.send_json(["stdin", keys])

    async def told(self) -> dict[str, Any]:
        """What the stand-in draws as JSON."""
        return dict(json.loads(await self.socket.receive_bytes(timeout=20)))

    async def drawn(self, until: bytes = b"") -> bytes:
        """All that is drawn until this is, or to the end."""
        drawn = b""
        while not until or until not in drawn:
            message = await self.socket.receive(timeout=20)
            if message.type is not aiohttp.WSMsgType.BINARY:
                assert not until, drawn
                break
            drawn += message.data
        return drawn

    async def message(self) -> list[Any]:
        """The next that is not drawn, but told to the page's script."""
        while (message := await self.socket.receive(timeout=20)).type is aiohttp.WSMsgType.BINARY:
            pass
        return list(json.loads(message.data))


@asynccontextmanager
async def browsing(url: str) -> AsyncIterator[Browser]:
    origin = {"Origin": f"http://{urlsplit(url).netloc}"}
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}ws", headers=origin) as socket:
        yield Browser(session, socket)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve a stand-in that does as told, or a command; on any free port."""
    pages = []

    async def serve(acts: str = "begin(); received()", *, command: tuple[str, ...] = (), title: str = "lab") -> LabPage:
        page = LabPage(command or (sys.executable, "-S", "-c", STAND_IN + acts), title)
        pages.append(page)
        await page.start(0)
        return page

    yield serve
    for page in pages:
        await page.close()
