"""sandbox up: start the sandbox, or change the one that runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from pltui.cli import converters, options
from pltui.cli.commands.sandbox.status import print_status
from pltui.cli.exit_codes import DONE
from pltui.cli.output import Output
from pltui.i18n import tr
from pltui.sandbox import launcher
from pltui.sandbox.private_folder import open_private

PERSIST = "load the state from FILE, and keep it there across down, up and crashes (default: in the state folder)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui sandbox up [options]"
    parser.epilog = options.example("pltui sandbox up --speed real --port 4566 --persist")
    text = tr("AWS seconds a second (default: 60)")
    parser.add_argument("--speed", type=converters.speed, metavar="N|real|instant", help=text)
    text = tr("port of the API (default: any free port)")
    parser.add_argument("--port", type=converters.port, metavar="PORT", help=text)
    parser.add_argument("--persist", nargs="?", const="", metavar="FILE", help=tr(PERSIST))


def run(args: argparse.Namespace, out: Output) -> int:
    """Start the sandbox, or change the one that runs."""
    if notice := launcher.crash_notice():
        out.say(notice)
    file = None if args.persist is None else Path(args.persist or _state_file()).absolute()
    print_status(out, launcher.ensure(wish=launcher.SandboxOptions(args.speed, args.port, file)).status())
    return DONE


def _state_file() -> Path:
    from pltui.history.journal import folder

    path = folder().parent / "sandbox.snapshot"
    open_private(path.parent).close()
    return path
