"""Argument parsers of the `pltui sandbox` actions."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from pltui.cli import converters
from pltui.cli.commands.usage import RawFormatter
from pltui.i18n import tr

UP = "start it, or change the one that runs"
PERSIST = "go on from FILE, and keep its state there over down, up and a crash (default: in the state folder)"
FAULTS = """\
what can be broken:
  server NAME               the web server of a machine, by Name or id
  zone NAME                 a zone, by name or id (apne1-az4)
  subnet NAME               every packet from and to it is swallowed
  latency 200ms [WHERE]     each round trip takes that much longer
  loss 20% [WHERE]          packets are lost
  throttle SERVICE[:ACTION] [RATE]    calls are refused as AWS does, or above RATE (2/s)
  lag 10s                   what was just made is not found for so long
  error SERVICE:OPERATION CODE [--times N]    calls fail with this error of AWS, N times or until cleared

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
    add("down", tr("end it, and all it holds"))
    add("status", tr("what it is and does; exit 1 when none runs"))
    logs = add("logs", tr("the end of its log"))
    logs.add_argument("-f", "--follow", action="store_true", help=tr("go on until Ctrl-C"))
    logs.add_argument("-n", dest="count", type=converters.lines, default=20, help=tr("how many lines (default: 20)"))
    add("reset", tr("empty it; ports, speed and process stay"))
    snapshot = add(
        "snapshot",
        tr("save all it holds to a file, or load it"),
        "save|load FILE",
        tr("example:") + " pltui sandbox snapshot save lab.snapshot",
    )
    snapshot.add_argument("way", choices=("save", "load"), metavar="save|load")
    snapshot.add_argument("file", metavar="FILE", help=tr("load replaces all the sandbox holds; no code in it is run"))
    fault = add("fault", tr("break something on purpose, list what is broken, mend it"), "[KIND ...]", tr(FAULTS))
    fault.add_argument("kind", nargs="?", metavar="KIND", help=tr("what to break; leave it out to list what is broken"))
    fault.add_argument("words", nargs="*", metavar="...", help=tr("see below"))
    fault.add_argument("--times", type=converters.calls, metavar="N", help=tr("how many calls fail with the error"))
    fault.add_argument("--clear", nargs="?", const="", metavar="ID", help=tr("mend one fault, or all"))


def _add_up(up: argparse.ArgumentParser) -> None:
    up.add_argument(
        "--speed", type=converters.speed, metavar="N|real|instant", help=tr("AWS seconds a second (default: 60)")
    )
    up.add_argument("--port", type=converters.port, metavar="PORT", help=tr("of the API (default: any free one)"))
    up.add_argument("--persist", nargs="?", const="", metavar="FILE", help=tr(PERSIST))
