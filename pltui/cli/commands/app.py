"""app: the terminal app."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pltui.cli import options
from pltui.cli.lab_command import output, read_lab, require_terminal
from pltui.cli.run_journal import record_runs
from pltui.errors import LabError
from pltui.i18n import tr
from pltui.tui.user_settings import config_file

if TYPE_CHECKING:
    from pltui.lab.session import Lab
    from pltui.tui.user_settings.resolution import Preferences


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui app SPEC [options]"
    parser.epilog = options.example("pltui app specs/privatelink.yaml")
    options.add_spec(parser)
    options.add_record(parser)
    options.add_screen(parser)


def run(args: argparse.Namespace) -> int:
    """Open the terminal app; return its exit code."""
    lab = read_lab(args)
    wanted = read_preferences(args, lab)
    instead = tr("pltui reconcile {spec}, then pltui probe {spec}; pltui --help lists the rest", spec=args.spec)
    require_terminal(tr("the app"), tr("without one use: {instead}", instead=instead))
    if args.record:
        lab.access.record(args.record)
    lab.sign_in()
    from pltui.tui.app import run as run_app
    from pltui.tui.user_settings.view_state_file import ViewStateFile

    problems: list[str] = []  # printed once the app has left the terminal
    with record_runs(lab, problems.append):
        code = run_app(lab, wanted, ViewStateFile(lab.spec.name, lab.target))
    if problem := lab.access.end_recording():
        problems.append(problem)
    for problem in problems:
        output(args).complain(problem)
    return code


def read_preferences(args: argparse.Namespace, lab: Lab) -> Preferences:
    """Return the preferences for the screen, from the arguments and the config file.

    Raises:
        LabError: If `--live` is combined with `--target aws` (exit code 2).
        ConfigError: If the config file is invalid.
    """
    if args.live and lab.target == "aws":
        raise LabError(
            tr("--live applies saved specs without asking, which --target aws does not allow"),
            tr("leave out --live"),
            2,
        )
    from pltui.tui.user_settings.resolution import choose_preferences

    return choose_preferences(config_file.load(), wanted=args.theme, live=args.live)
