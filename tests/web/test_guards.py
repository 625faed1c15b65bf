"""Who gets to the page, and what it lets a browser do: it is open to nobody but who looks at it on this machine."""

import re
from urllib.parse import urlsplit

import aiohttp
import pytest

from pltui.errors import LabError
from pltui.web.server import HEADERS, LabPage
from tests.web.conftest import Serve, browsing

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "bm90IGEgc2VjcmV0IQ==",
}
POLICY = "Content-Security-Policy"


async def status(url: str, **headers: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status


async def test_the_page_names_the_lab_and_nothing_from_elsewhere(serve: Serve) -> None:
    page = await serve(title="<b>lab</b>")
    async with aiohttp.ClientSession() as session, session.get(page.url) as answer:
        text = await answer.text()
        assert answer.status == 200
    assert "&lt;b&gt;lab&lt;/b&gt;" in text
    own = urlsplit(page.url).netloc
    assert set(re.findall(r"\w+://([^/\"]*)", text)) == {own}
    names = re.findall(r"(?:src|href)=\"([^\":]+)\"", text)
    assert [await status(page.url + name) for name in names] == [200] * 3


@pytest.mark.parametrize("host", ["rebound.example", "rebound.example:{port}", "127.0.0.1", "127.0.0.1:1", "0:{port}"])
async def test_another_hosts_name_is_refused(serve: Serve, host: str) -> None:
    page = await serve()
    assert await status(page.url, Host=host.format(port=urlsplit(page.url).port)) == 403


async def test_localhost_is_the_same_place(serve: Serve) -> None:
    page = await serve()
    assert await status(page.url.replace("127.0.0.1", "localhost"), Host=f"localhost:{urlsplit(page.url).port}") == 200


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "http://127.0.0.1:1", "https://{own}", "null", ""])
async def test_another_pages_script_opens_no_connection_and_starts_no_app(serve: Serve, origin: str) -> None:
    page = await serve()
    told = origin.format(own=urlsplit(page.url).netloc)
    assert await status(f"{page.url}ws", **UPGRADE, Origin=told) == 403
    assert await status(page.url, Origin=told) == 403
    assert not page._tabs


async def test_a_connection_that_says_not_whose_it_is_is_refused(serve: Serve) -> None:
    page = await serve()
    assert await status(f"{page.url}ws", **UPGRADE) == 403


async def test_the_pages_own_script_reaches_an_app(serve: Serve) -> None:
    page = await serve()
    async with browsing(page.url) as browser:
        assert (await browser.told())["pid"]


@pytest.mark.parametrize(
    ("path", "code"), [("", 200), ("static/js/textual.js", 200), ("nowhere", 404), ("static/", 403)]
)
async def test_every_answer_says_what_a_browser_may_do_with_it(serve: Serve, path: str, code: int) -> None:
    page = await serve()
    async with aiohttp.ClientSession() as session, session.get(page.url + path) as answer:
        assert answer.status == code
        assert {name: answer.headers.get(name) for name in HEADERS} == {**HEADERS, POLICY: answer.headers[POLICY]}
        policy = answer.headers[POLICY]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert f"connect-src 'self' ws://{urlsplit(page.url).netloc};" in policy
    assert "script-src 'self';" in policy


async def test_a_secret_page_is_found_by_nobody_who_was_not_told_where(serve: Serve) -> None:
    page, other = await serve(), await serve()
    place = urlsplit(page.url)
    assert len(place.path) > 40
    assert place.path != urlsplit(other.url).path
    root = f"http://{place.netloc}/"
    for path in ("", "ws", "page.js", "static/js/textual.js", "download/guessed"):
        assert await status(root + path) == 404
    assert await status(page.url) == 200
    async with browsing(page.url) as browser:
        assert (await browser.told())["pid"]


async def test_a_port_that_is_taken_is_told_with_the_way_out(serve: Serve) -> None:
    page = await serve()
    port = urlsplit(page.url).port
    assert port
    with pytest.raises(LabError, match=f"cannot listen on port {port}") as raised:
        await LabPage(("true",), "lab").start(port)
    assert (raised.value.code, raised.value.hint) == (2, "--port 0 uses a free port")
