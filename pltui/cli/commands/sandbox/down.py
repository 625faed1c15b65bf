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


def run(args: argparse.Namespace, out: Output) -> int:
    """End the sandbox."""
    stopped = launcher.stop()
    if out.as_json:
        out.write_document({"running": False, "stopped": stopped})
    else:
        out.write_line(tr("the sandbox stopped") if stopped else tr("no sandbox was running"))
    return DONE
