"""sandbox: start, stop, inspect, save and break the local AWS. Each action has a module."""

from __future__ import annotations

import argparse
from typing import Protocol

from pltui.cli import options
from pltui.cli.commands.sandbox import down, fault, logs, reset, snapshot, status, up
from pltui.cli.lab_command import output
from pltui.cli.localized_argparse import RawFormatter
from pltui.cli.output import Output
from pltui.errors import LabError
from pltui.i18n import tr
from pltui.sandbox.launcher import LauncherError
from pltui.sandbox.status import as_lab_error


class ActionModule(Protocol):
    """A module of this package."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare usage, example and arguments."""

    def run(self, args: argparse.Namespace, out: Output) -> int:
        """Run the action; return the exit code."""
        ...


ACTIONS: dict[str, ActionModule] = {
    "up": up,
    "down": down,
    "status": status,
    "logs": logs,
    "reset": reset,
    "snapshot": snapshot,
    "fault": fault,
}
SUMMARIES = {
    "up": "start the sandbox, or change the running one",
    "down": "stop the sandbox and everything in it",
    "status": "show its status; exit 1 if none is running",
    "logs": "show the end of its log",
    "reset": "empty it; ports, speed and process are kept",
    "snapshot": "save its contents to a file, or load them",
    "fault": "inject, list and clear faults",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions. The options that every command has may be given before or after the action."""
    parser.usage = "pltui sandbox ACTION [options]"
    parser.epilog = options.example("pltui sandbox up --speed real")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, prog="pltui sandbox")
    for name, module in ACTIONS.items():
        action = options.add_command(actions, name, tr(SUMMARIES[name]), RawFormatter)
        options.add_common(action)
        for option in action._actions:
            if option.dest != "help":
                option.default = argparse.SUPPRESS  # keeps the value of an option given before the action
        module.add_arguments(action)


def run(args: argparse.Namespace) -> int:
    """Run an action.

    Raises:
        LabError: If the sandbox cannot be started or reached.
    """
    try:
        return ACTIONS[args.action].run(args, output(args))
    except LauncherError as error:
        raise LabError(str(error), code=error.code) from error
    except OSError as error:
        if error.filename is None:  # no file of the sandbox's
            raise
        raise as_lab_error(error) from error
