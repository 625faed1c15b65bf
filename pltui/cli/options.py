"""Arguments and options that several commands have."""

from __future__ import annotations

import argparse
from typing import TypeVar

from pltui.cli import converters
from pltui.cli.localized_argparse import Formatter
from pltui.i18n import LANGUAGES, tr

RECORD = "write all calls and responses to a new file, as JSON Lines without secrets"
LIVE = "apply the spec each time it is saved, without asking (sandbox only)"
RUN = "an id, its beginning or end, a file, or last"


AnyParser = TypeVar("AnyParser", bound=argparse.ArgumentParser)


def add_command(
    commands: argparse._SubParsersAction[AnyParser],
    name: str,
    summary: str,
    formatter: type[Formatter] = Formatter,
) -> AnyParser:
    """Add the parser of a command, without arguments; the summary is also its description."""
    return commands.add_parser(
        name,
        help=summary,
        description=tr("{sentence}.", sentence=summary[0].upper() + summary[1:]),
        formatter_class=formatter,
        allow_abbrev=False,
    )


def example(command: str) -> str:
    """Return the last line of a command's help."""
    return f"{tr('example:')} {command}"


def add_spec(parser: argparse.ArgumentParser) -> None:
    """Add the lab's spec."""
    parser.add_argument("spec", metavar="SPEC", help=tr("the lab, as YAML"))


def add_record(parser: argparse.ArgumentParser) -> None:
    """Add the option that records the calls."""
    parser.add_argument("--record", metavar="FILE", help=tr(RECORD))


def add_screen(parser: argparse.ArgumentParser) -> None:
    """Add the options of the app."""
    text = tr("how it looks, such as pltui-light; remembered for the lab")
    parser.add_argument("--theme", metavar="NAME", help=text)
    parser.add_argument("--live", action="store_true", help=tr(LIVE))


def add_adopt(parser: argparse.ArgumentParser) -> None:
    """Add the option that takes over foreign resources."""
    text = tr("adopt existing resources that have a name the spec needs")
    parser.add_argument("--adopt", action="store_true", help=text)


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Add the option that skips the confirmation."""
    parser.add_argument("--yes", action="store_true", help=tr("with --target aws, change it without asking"))


def add_via(parser: argparse.ArgumentParser) -> None:
    """Add the option that selects how requests are sent."""
    ways = ("auto", "sandbox", "ssm", "tunnel", "direct")
    parser.add_argument("--via", choices=ways, default="auto", help=tr("how requests are sent (default: auto)"))


def add_recorded_run(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Add the id of a recorded run."""
    parser.add_argument("run", nargs="?" if optional else None, metavar="RUN", help=tr(RUN))


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command has."""
    group = parser.add_argument_group(tr("global options"))
    group.add_argument(
        "--target",
        choices=("sandbox", "aws"),
        default="sandbox",
        help=tr("a real account is only reached with aws"),
    )
    group.add_argument(
        "--endpoint-url", metavar="URL", help=tr("another API endpoint; on loopback unless --target aws")
    )
    group.add_argument("--profile", help=tr("AWS profile (with --target aws)"))
    group.add_argument("--region", help=tr("AWS region (default: the spec's, then the environment's)"))
    group.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help=tr("override a value of the spec")
    )
    group.add_argument(
        "--timeout", type=converters.seconds, metavar="SECONDS", help=tr("time limit of a run (default: 900)")
    )
    group.add_argument(
        "--lock-timeout",
        type=converters.duration,
        default=0.0,
        metavar="TIME",
        help=tr("how long to wait while another run changes the lab, such as 60s (default: not at all)"),
    )
    group.add_argument(
        "--lang", choices=LANGUAGES, help=tr("language of all messages (default: PLTUI_LANG, then the locale's)")
    )
    group.add_argument("--json", action="store_true", help=tr("results as JSON on stdout"))
    group.add_argument("--read-only", action="store_true", help=tr("refuse all changes"))
    group.add_argument("-q", "--quiet", action="store_true", help=tr("no progress"))
    group.add_argument("-v", "--verbose", action="count", default=0, help=tr("more progress, request ids"))
