"""sandbox down: end the sandbox."""

from __future__ import annotations

import argparse

from pltui.cli.exit_codes import DONE
from pltui.cli.output import Output
from pltui.i18n import tr
from pltui.sandbox import launcher


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui sandbox down [options]"
    text = tr("end it without saving a lab that `up --persist` keeps")
    parser.add_argument("--discard", action="store_true", help=text)


def run(args: argparse.Namespace, out: Output) -> int:
    """End the sandbox.

    Raises:
        LauncherError: If its lab cannot be saved (exit code 1); it is then still running.
    """
    stopped = launcher.stop(args.discard)
    if out.as_json:
        out.write_document({"running": False, "stopped": stopped})
    else:
        out.write_line(tr("the sandbox stopped") if stopped else tr("no sandbox was running"))
    return DONE
