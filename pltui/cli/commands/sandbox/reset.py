"""sandbox reset: empty the sandbox."""

from __future__ import annotations

import argparse

from pltui.cli.exit_codes import DONE
from pltui.cli.output import Output
from pltui.cli.sandbox_access import running_sandbox
from pltui.i18n import tr


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui sandbox reset [options]"


def run(args: argparse.Namespace, out: Output) -> int:
    """Empty the sandbox."""
    found = running_sandbox()
    found.reset()
    if out.as_json:
        out.write_document({"running": True, **found.status()})
    else:
        out.write_line(tr("the sandbox is empty"))
    return DONE
