"""The parser of the command line, from the declarations of the commands.

Parsing the arguments of a command imports its module, and no other's.
"""

from __future__ import annotations

import argparse
import importlib
from typing import Protocol, cast

from pltui import __version__
from pltui.cli import localized_argparse, options
from pltui.i18n import tr

DESCRIPTION = """\
A terminal laboratory for AWS PrivateLink. `pltui SPEC` opens the app; the commands
do the same without a screen. All of it runs on a local sandbox, at no cost and
without an account, unless --target aws is given."""

EPILOG = """\
exit codes:
  0 done or nothing to change    1 failed      2 usage or invalid spec
  3 changes pending (plan), expectation not met (verify, report)
  4 refused (wrong account, no permission, another run is changing the lab,
    a name is taken, read-only, not confirmed, not as planned)
  130 interrupted

example: pltui specs/privatelink.yaml"""

APP = "app"  # the command that `pltui SPEC` abbreviates
# Command -> its summary, in the order in which help lists them. Modules have the same names, with underscores.
COMMANDS = {
    APP: "open the app (the same as `pltui SPEC`)",
    "serve": "show the app in a browser on this machine",
    "new": "write a commented spec to start from",
    "validate": "check specs, without changing anything",
    "plan": "show what would change; reads only; exit 3 if anything would",
    "reconcile": "apply the spec to the lab",
    "status": "show the tree of resources, once or continuously",
    "cross-zone": "show or set cross-zone load balancing",
    "probe": "send requests and show which subnet answered",
    "verify": "run the spec's experiments; exit 3 if one fails",
    "explain": "show the path of a request hop by hop, where it ends and why",
    "report": "run the experiments as verify does, and write a report",
    "destroy": "remove the lab's resources, and nothing else",
    "log": "list recorded runs, or show one",
    "replay": "replay a recorded run in the app",
    "shell": "open a shell on a machine of the lab",
    "sandbox": "manage the local AWS: start, stop, inspect, save, inject faults",
    "config": "print the settings and every key, as a config file to start from",
    "schema": "print the JSON Schema of specs",
    "completion": "print a shell completion script",
}


class CommandModule(Protocol):
    """A module of `pltui.cli.commands`."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare usage, example and arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Run the command; return the exit code."""
        ...


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """Return the parser in the selected language.

    `only`: the first word of the command line; arguments of other commands are not declared. None: declare all.
    """
    localized_argparse.translate_argparse()
    parser = localized_argparse.Parser(
        prog="pltui",
        usage="pltui SPEC | pltui COMMAND ...",
        description=tr(DESCRIPTION),
        epilog=tr(EPILOG),
        formatter_class=localized_argparse.RawFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"pltui {__version__}", help=tr("show program's version number and exit")
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND [OPTIONS]", required=True, prog="pltui")
    for name in COMMANDS:
        command = options.add_command(commands, name, tr(COMMANDS[name]))
        if only in (None, name):
            module = _command_module(name)
            module.add_arguments(command)
            options.add_common(command)
            command.set_defaults(function=module.run)
    return parser


def _command_module(name: str) -> CommandModule:
    return cast(CommandModule, importlib.import_module(f"pltui.cli.commands.{name.replace('-', '_')}"))
