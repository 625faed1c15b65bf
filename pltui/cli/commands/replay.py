"""replay: show a recorded run in the app."""

from __future__ import annotations

import argparse

from pltui.cli import converters, options
from pltui.cli.lab_command import require_terminal
from pltui.history import reader
from pltui.i18n import tr


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui replay RUN [options]"
    parser.epilog = options.example("pltui replay last --speed 4")
    options.add_recorded_run(parser)
    text = tr("speed factor (default: 1)")
    parser.add_argument("--speed", type=converters.speed, default=1.0, metavar="N|real|instant", help=text)


def run(args: argparse.Namespace) -> int:
    """Open the screen on a recorded run; without a terminal, name the command that prints the run as text."""
    recording = reader.read(args.run)
    require_terminal(tr("a replay"), tr("without one use: {command}", command=f"pltui log {args.run}"))
    from pltui.tui.replay.app import run as run_replay
    from pltui.tui.user_settings import config_file
    from pltui.tui.user_settings.resolution import choose_preferences

    return run_replay(recording, args.speed, choose_preferences(config_file.load()))
