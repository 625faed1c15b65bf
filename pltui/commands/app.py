"""The terminal app."""

from __future__ import annotations

import argparse

from pltui.commands.common import output, read_lab, require_terminal
from pltui.commands.recording import recorded


def app(args: argparse.Namespace) -> int:
    """Opens the screen."""
    lab = read_lab(args)
    instead = f"pltui reconcile {args.spec}, then pltui probe {args.spec}; pltui --help lists the rest"
    require_terminal("the app", f"without one use: {instead}")
    from pltui.tui.app import run

    problems: list[str] = []  # told once the terminal is the shell's again
    with recorded(lab, problems.append):
        code = run(lab)
    for problem in problems:
        output(args).complain(problem)
    return code
