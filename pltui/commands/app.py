"""The terminal app."""

from __future__ import annotations

import argparse
import os
import sys

from pltui.commands.common import read_lab
from pltui.errors import LabError


def app(args: argparse.Namespace) -> int:
    """Opens the screen. Textual draws on stderr and reads stdin: without a terminal on all three it cannot."""
    lab = read_lab(args)
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}  # None: closed by who started it
    missing = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    if missing or os.environ.get("TERM") == "dumb":
        raise LabError(
            f"the app needs a terminal, which it has not on {', '.join(missing) or 'TERM=dumb'}",
            f"without one use: pltui reconcile {args.spec}, then pltui probe {args.spec}; pltui --help lists the rest",
            2,
        )
    from pltui.tui.app import run

    return run(lab)
