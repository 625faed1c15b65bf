"""The terminal app."""

from __future__ import annotations

import argparse

from pltui import config
from pltui.commands.common import output, read_lab, require_terminal
from pltui.commands.recording import recorded
from pltui.errors import LabError
from pltui.words import tr


def app(args: argparse.Namespace) -> int:
    """Opens the screen."""
    lab = read_lab(args)
    if args.live and lab.target == "aws":
        raise LabError(
            tr("--live applies what is saved without asking, which --target aws never does"), tr("leave out --live"), 2
        )
    from pltui.tui.preferences import choose

    preferences = choose(config.load(), wanted=args.theme, live=args.live)
    instead = tr("pltui reconcile {spec}, then pltui probe {spec}; pltui --help lists the rest", spec=args.spec)
    require_terminal(tr("the app"), tr("without one use: {instead}", instead=instead))
    from pltui.tui.app import run
    from pltui.tui.memory import Memory

    problems: list[str] = []  # told once the terminal is the shell's again
    with recorded(lab, problems.append):
        code = run(lab, preferences, Memory(lab.spec.name, lab.target))
    for problem in problems:
        output(args).complain(problem)
    return code
