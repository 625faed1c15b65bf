"""serve: the app in a browser on this machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence

from pltui.commands.common import INTERRUPTED, output, read_lab
from pltui.errors import LabError
from pltui.output import Output
from pltui.words import spoken, tr

PORT = 8000
MISSING = "the app in a browser needs textual-serve, which is not installed"


def serve(args: argparse.Namespace) -> int:
    """Serves until Ctrl-C or SIGTERM (130)."""
    lab = read_lab(args)
    try:
        from pltui.web.server import Page
    except ImportError as error:
        raise LabError(tr(MISSING), "pip install 'pltui[serve]'", 2) from error
    command = (sys.executable, "-m", "pltui", "app", "--lang", spoken(), *passed_on(args.words))
    page = Page(command, lab.spec.name, secret=lab.target == "aws")
    asyncio.run(_serve(page, args.port, output(args)))
    return INTERRUPTED


async def _serve(page: Page, port: int, out: Output) -> None:  # type: ignore[name-defined]  # noqa: F821
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    await page.start(port)
    if out.as_json:
        out.json_line({"type": "serving", "url": page.url})
    else:
        out.line(page.url)
    out.say(tr("each tab is an app of its own, as two terminals are: while one changes the lab, the other is refused"))
    out.say(tr("Ctrl-C ends it; the lab stays as it is"))
    with contextlib.redirect_stdout(sys.stderr):  # textual-serve prints there what an app said as it failed
        try:
            await ended.wait()
        finally:
            await page.close()


def passed_on(words: Sequence[str]) -> list[str]:
    """What was said to `serve`, as `app` takes it: all but the port, which is the page's own."""
    kept, rest = [], iter(words[1:])
    for word in rest:
        if word == "--port":
            next(rest, None)
        elif not word.startswith("--port="):
            kept.append(word)
    return kept
