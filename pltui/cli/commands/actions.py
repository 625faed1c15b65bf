"""Argument parsers of the `pltui sandbox` actions."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from pltui.cli import converters
from pltui.cli.commands.usage import RawFormatter
from pltui.i18n import tr

UP = "start the sandbox, or change the running one"
PERSIST = "load the state from FILE, and keep it there across down, up and crashes (default: in the state folder)"
FAULTS = """\
kinds of faults:
  server NAME               the web server of a machine, by Name or id
  zone NAME                 a zone, by name or id (apne1-az4)
  subnet NAME               all packets from and to it are dropped
  latency 200ms [WHERE]     each round trip takes that much longer
  loss 20% [WHERE]          packets are lost
  throttle SERVICE[:ACTION] [RATE]    calls are throttled as on AWS, or above RATE (2/s)
  lag 10s                   new resources are not visible for that long
  error SERVICE:OPERATION CODE [--times N]    calls fail with this AWS error, N times or until cleared

WHERE is a machine, subnet, endpoint or zone; without it, everywhere. Names are Name tags.

examples: pltui sandbox fault zone ap-northeast-1a
          pltui sandbox fault throttle ec2:CreateVpcEndpoint 1/s
          pltui sandbox fault throttle all
          pltui sandbox fault error ec2:RunInstances InsufficientInstanceCapacity --times 2
          pltui sandbox fault --clear"""


def add_actions(parser: argparse.ArgumentParser, common: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add a subparser for each action.

    `common` adds the options that every command has; they may be given before or after the action.
    """
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, prog="pltui sandbox")

    def add(name: str, text: str, takes: str = "", epilog: str | None = None) -> argparse.ArgumentParser:
        action = actions.add_parser(
            name,
            help=text,
            usage=" ".join(filter(None, ("pltui sandbox", name, takes, "[options]"))),
            description=tr("{sentence}.", sentence=text[0].upper() + text[1:]),
            epilog=epilog,
            formatter_class=RawFormatter,
            allow_abbrev=False,
        )
        common(action)
        for option in action._actions:
            if option.dest != "help":
                option.default = argparse.SUPPRESS  # keeps the value of an option given before the action
        return action

    _add_up(add("up", tr(UP), "", tr("example:") + " pltui sandbox up --speed real --port 4566 --persist"))
    add("down", tr("stop the sandbox and everything in it"))
    add("status", tr("show its status; exit 1 if none is running"))
    logs = add("logs", tr("show the end of its log"))
    logs.add_argument("-f", "--follow", action="store_true", help=tr("follow until Ctrl-C"))
    logs.add_argument("-n", dest="count", type=converters.lines, default=20, help=tr("number of lines (default: 20)"))
    add("reset", tr("empty it; ports, speed and process are kept"))
    snapshot = add(
        "snapshot",
        tr("save its contents to a file, or load them"),
        "save|load FILE",
        tr("example:") + " pltui sandbox snapshot save lab.snapshot",
    )
    snapshot.add_argument("way", choices=("save", "load"), metavar="save|load")
    snapshot.add_argument(
        "file", metavar="FILE", help=tr("load replaces the contents of the sandbox; no code in the file is run")
    )
    fault = add("fault", tr("inject, list and clear faults"), "[KIND ...]", tr(FAULTS))
    fault.add_argument("kind", nargs="?", metavar="KIND", help=tr("kind of fault (default: list the active faults)"))
    fault.add_argument("words", nargs="*", metavar="...", help=tr("see below"))
    fault.add_argument("--times", type=converters.calls, metavar="N", help=tr("how many calls fail with the error"))
    fault.add_argument("--clear", nargs="?", const="", metavar="ID", help=tr("clear one fault, or all"))


def _add_up(up: argparse.ArgumentParser) -> None:
    up.add_argument(
        "--speed", type=converters.speed, metavar="N|real|instant", help=tr("AWS seconds a second (default: 60)")
    )
    up.add_argument("--port", type=converters.port, metavar="PORT", help=tr("port of the API (default: any free port)"))
    up.add_argument("--persist", nargs="?", const="", metavar="FILE", help=tr(PERSIST))
