"""The app itself behind the page, on a lab that lives in memory."""

import sys
from urllib.parse import urlsplit

from tests.web.conftest import Serve, browsing


async def test_a_picture_of_the_screen_is_saved_by_the_browser_and_then_one_leaves(serve: Serve) -> None:
    page = await serve(command=(sys.executable, "-m", "tests.tui.demo"))
    async with browsing(page.url) as browser:
        await browser.drawn(b"provider-nlb")
        await browser.type("s")
        what, key = await browser.message()
        assert what == "deliver_file_start"
        # Where the script asks for it: it does not know of the page's own place.
        where = f"http://{urlsplit(page.url).netloc}/download/{key}"
        async with browser.session.get(where) as answer:
            assert answer.headers["Content-Disposition"].startswith("attachment; filename=pltui-privatelink-2")
            assert answer.content_type == "image/svg+xml"
            picture = await answer.text()
        assert picture.startswith("<svg")
        assert picture.rstrip().endswith("</svg>")
        async with browser.session.get(where) as again:
            assert again.status == 404
        await browser.type("q")
        await browser.drawn()
