"""A Chromium without a window, driven through its DevTools protocol (chromedevtools.github.io/devtools-protocol)."""

import asyncio
import base64
import contextlib
import json
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 60.0  # seconds until something that should be shown is given up
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--window-size=1280,800",
)

# The terminal draws on a canvas, and the script keeps it to itself: this takes hold of it as it is made.
HOLD = """
Object.defineProperty(Object.prototype, "websocket_url", {configurable: true, set(value) {
    delete Object.prototype.websocket_url;
    this.websocket_url = value;
    window.shown = this;
}});
window.text = () => Array.from(
    {length: shown.terminal.rows}, (_, row) => shown.terminal.buffer.active.getLine(row).translateToString().trimEnd()
).join("\\n");
window.comes = pattern => new Promise(done => {
    const look = () => {
        const found = new RegExp(pattern, "m").test(text());
        if (found) { watching.dispose(); done(); }
    };
    const watching = shown.terminal.onWriteParsed(look);
    look();
});
"""


class Chromium:
    """One tab. `requests` are the addresses it has asked for, its own and those of WebSockets."""

    def __init__(self, devtools: aiohttp.ClientWebSocketResponse) -> None:
        self._devtools = devtools
        self._numbers = count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self.requests: list[str] = []
        self.errors: list[str] = []

    async def listen(self) -> None:
        async for message in self._devtools:
            told = json.loads(message.data)
            values = told.get("params", {})
            match told.get("method"):
                case None:
                    self._answers.pop(told["id"]).set_result(told)
                case "Network.requestWillBeSent":
                    self.requests.append(values["request"]["url"])
                case "Network.webSocketCreated":
                    self.requests.append(values["url"])
                case "Page.loadEventFired":
                    self._loaded.set()
                case "Runtime.exceptionThrown":
                    self.errors.append(values["exceptionDetails"]["exception"]["description"])
                case "Log.entryAdded" if values["entry"]["level"] == "error":
                    self.errors.append(values["entry"]["text"])

    async def ask(self, method: str, **values: Any) -> dict[str, Any]:
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._devtools.send_json({"id": number, "method": method, "params": values})
        async with asyncio.timeout(PATIENCE):
            told = await answer
        assert "result" in told, told
        return dict(told["result"])

    async def evaluate(self, script: str) -> Any:
        told = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def open(self, url: str) -> None:
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.ask(f"{domain}.enable")
        await self.ask("Emulation.setFocusEmulationEnabled", enabled=True)  # as if somebody sat before it
        await self.ask("Page.addScriptToEvaluateOnNewDocument", source=HOLD)
        await self.ask("Page.navigate", url=url)
        async with asyncio.timeout(PATIENCE):
            await self._loaded.wait()

    async def text(self) -> str:
        """What the terminal shows."""
        return str(await self.evaluate("text()"))

    async def shows(self, pattern: str) -> None:
        """Wait until the terminal shows what fits; a regular expression, of JavaScript."""
        try:
            await self.evaluate(f"comes({json.dumps(pattern)})")
        except TimeoutError:
            raise AssertionError(f"never shown: {pattern}\n{await self.text()}\n{self.errors}") from None

    async def press(self, key: str) -> None:
        await self.ask("Input.dispatchKeyEvent", type="keyDown", text=key, key=key)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def picture(self) -> bytes:
        """The page as it looks, as PNG."""
        return base64.b64decode((await self.ask("Page.captureScreenshot"))["data"])


async def _port(profile: Path) -> int:
    """Chromium writes it down in its profile as soon as it listens."""
    file = profile / "DevToolsActivePort"
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(FileNotFoundError, IndexError):
                return int(file.read_text(encoding="utf-8").splitlines()[0])
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Chromium]:
    assert PROGRAM
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *OPTIONS, f"--user-data-dir={profile}", "about:blank", stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        host = f"127.0.0.1:{await _port(profile)}"
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{host}/json/list") as listed:
                (page,) = [each for each in await listed.json() if each["type"] == "page"]
            async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as devtools:
                tab = Chromium(devtools)
                listening = asyncio.create_task(tab.listen())
                yield tab
                listening.cancel()
    finally:
        process.terminate()
        await process.wait()
