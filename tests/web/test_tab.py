"""One tab's app: its keys and pictures get through, and it never outlives the tab."""

import asyncio
import contextlib

import psutil
import pytest

from pltui.system.serve_environment import DRIVER, VARIABLE
from pltui.web import tab
from tests.web.conftest import Serve, browsing

UNTIL_TOLD = "signal.pause()"


async def ended(pid: int) -> bool:
    """Whether the process ends, within the time it is given in any case."""
    with contextlib.suppress(psutil.NoSuchProcess):
        await asyncio.to_thread(psutil.Process(pid).wait, 2 * tab.PATIENCE)
    return not psutil.pid_exists(pid)


async def test_what_is_typed_gets_to_the_app_and_what_it_draws_gets_back(serve: Serve) -> None:
    page = await serve("begin()\nkind, keys = received()\ndraw(kind.decode() + keys.decode() * 100_000)")
    async with browsing(page.url) as browser:
        await browser.told()
        await browser.type("é")
        assert "D" + "é" * 100_000 in (await browser.drawn()).decode()


async def test_the_app_is_told_the_size_and_that_a_browser_shows_it(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    names = ["COLUMNS", "ROWS", "TERM", VARIABLE, "TEXTUAL_COLOR_SYSTEM"]
    page = await serve(f"begin(environ=[os.environ[each] for each in {names}])")
    async with browsing(page.url) as browser:
        assert (await browser.told())["environ"] == ["80", "24", "xterm-256color", DRIVER, "truecolor"]


async def test_closing_the_tab_ends_its_app_and_no_other(serve: Serve) -> None:
    page = await serve(f"begin(); {UNTIL_TOLD}")
    async with browsing(page.url) as first:
        kept = (await first.told())["pid"]
        async with browsing(page.url) as second:
            gone = (await second.told())["pid"]
        assert await ended(gone)
        assert psutil.pid_exists(kept)
    assert await ended(kept)


async def test_an_app_that_still_draws_as_its_page_has_gone_leaves_in_order(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    leaving = "signal.signal(15, lambda *_: (draw('x' * 1_000_000), os.write(2, b'in order'), os._exit(0)))"
    page = await serve(f"{leaving}\nbegin(); {UNTIL_TOLD}")
    async with browsing(page.url) as browser:
        await browser.told()
        await browser.socket.close()
    await page.close()
    assert capsys.readouterr().err == "in order"


async def test_an_app_that_will_not_leave_is_ended(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tab, "PATIENCE", 0.1)
    page = await serve("signal.signal(15, signal.SIG_IGN); begin()\nwhile True: signal.pause()")
    async with browsing(page.url) as browser:
        pid = (await browser.told())["pid"]
    assert await ended(pid)


async def test_the_end_of_the_page_ends_every_app(serve: Serve) -> None:
    page = await serve(f"begin(); {UNTIL_TOLD}")
    async with browsing(page.url) as first, browsing(page.url) as second:
        pids = [(await each.told())["pid"] for each in (first, second)]
        await page.close()
        assert not any(map(psutil.pid_exists, pids))
        assert not page._tabs


async def test_what_an_app_says_as_it_fails_is_told_once_here_and_there(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    page = await serve("os.write(2, b'no such theme\\nthere are two\\n'); sys.exit(2)")
    async with browsing(page.url) as browser:
        assert (await browser.drawn()).endswith(b"no such theme\r\nthere are two\r\n")
    assert capsys.readouterr().err == "no such theme\nthere are two\n"


async def test_an_app_that_says_it_ends_has_the_time_to(serve: Serve) -> None:
    page = await serve('begin(); send(b"M", b\'{"type": "exit"}\'); received(); draw("at last")')
    async with browsing(page.url) as browser:
        await browser.told()
        await browser.type("x")
        assert b"at last" in await browser.drawn()
