"""serve: the app in a browser on this machine."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pltui.cli import converters, options
from pltui.cli.commands.app import read_preferences
from pltui.cli.exit_codes import INTERRUPTED
from pltui.cli.lab_command import output, read_lab
from pltui.cli.output import Output
from pltui.errors import LabError
from pltui.i18n import tr

if TYPE_CHECKING:
    from pltui.web.server import LabPage

SERVE = "serve"
MISSING = "the app in a browser needs textual-serve, which is not installed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui serve SPEC [options]"
    parser.epilog = options.example("pltui serve specs/privatelink.yaml --port 0")
    options.add_spec(parser)
    text = tr("port (default: 8000; 0: any free port)")
    parser.add_argument("--port", type=converters.port_or_any, default=8000, metavar="N", help=text)
    options.add_screen(parser)


def run(args: argparse.Namespace) -> int:
    """Serve the app until Ctrl-C or SIGTERM (exit code 130).

    Raises:
        LabError: If textual-serve is not installed (exit code 2).
    """
    lab = read_lab(args)
    read_preferences(args, lab)  # report invalid preferences here rather than in each tab
    try:
        from pltui.web.server import LabPage
    except ModuleNotFoundError as error:
        raise LabError(tr(MISSING), "pip install 'pltui[serve]'", 2) from error
    # -P: do not import a folder named pltui in the current directory.
    command = (sys.executable, "-P", "-m", "pltui", "app", *app_arguments(args.words))
    page = LabPage(command, lab.spec.name)
    asyncio.run(_serve_page(page, args.port, output(args)))
    return INTERRUPTED


async def _serve_page(page: LabPage, port: int, out: Output) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    await page.start(port)
    if out.as_json:
        out.json_line({"type": "serving", "url": page.url})
    else:
        out.write_line(page.url)
    out.say(tr("each tab is a separate app: while one changes the lab, the others are refused"))
    out.say(tr("Ctrl-C stops it; the lab keeps running"))
    try:
        await ended.wait()
    finally:
        await page.close()


def app_arguments(words: Sequence[str]) -> list[str]:
    """Return the command line for `app`.

    It leaves out the port, which belongs to the page, and `--json`, because the app's own output is for people even if
    the page's address is printed as JSON.
    """
    rest, kept = list(words), list[str]()
    rest.remove(SERVE)
    given = iter(rest)
    for word in given:
        if word == "--":
            return [*kept, word, *given]
        if word == "--port":
            next(given, None)
        elif word != "--json" and not word.startswith("--port="):
            kept.append(word)
    return kept
