"""The command line: commands, options and exit codes. Imports what a command needs when it is run."""

from __future__ import annotations

import argparse
import difflib
import importlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from pltui import __version__
from pltui.commands.actions import add_actions

DESCRIPTION = """\
A terminal laboratory for AWS PrivateLink. `pltui SPEC` opens the app; the commands
do the same without a screen. All of it runs on a local sandbox, at no cost and
without an account, unless --target aws is given."""

EPILOG = """\
exit codes:
  0 done or nothing to change    1 failed      2 usage or invalid spec
  3 changes pending (plan), expectation not met (verify)
  4 refused (wrong account, no permission, another run is changing the lab,
    a name is taken, read-only, not confirmed, not as planned)
  130 interrupted

example: pltui specs/privatelink.yaml"""

APP = "app"  # what `pltui SPEC` means
SHELL_AS = "whose place to take: consumer, server-2, a Name or an instance id (default: the first consumer's client)"
COMMANDS = (
    APP, "validate", "plan", "reconcile", "status", "cross-zone", "probe", "verify", "explain", "destroy", "log",
    "replay", "shell", "sandbox", "schema", "completion",
)  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pltui",
        usage="pltui SPEC | pltui COMMAND ...",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pltui {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND [OPTIONS]", required=True, prog="pltui")
    _Commands(commands).add_all()
    return parser


class _Commands:
    def __init__(self, commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        self._commands = commands

    def add_all(self) -> None:
        self._add(APP, "app:app", "open the app (the same as `pltui SPEC`)", "")
        validate = self._add("validate", "checks:validate", "check specs, touching nothing", "", takes="SPEC...")
        validate.add_argument("specs", nargs="+", metavar="SPEC", help="a lab, as YAML")
        plan = self._add("plan", "labs:plan", "what would change; reads only; exit 3 if anything", "--json")
        plan.add_argument("--out", metavar="FILE", help="also write the plan to a file, for `reconcile --plan`")
        self._adopt(plan)
        reconcile = self._add("reconcile", "labs:reconcile", "make the lab what the spec says", "--watch")
        ways = reconcile.add_mutually_exclusive_group()
        ways.add_argument("--watch", action="store_true", help="keep it so until Ctrl-C")
        ways.add_argument("--plan", metavar="FILE", help="do exactly what this plan says, or refuse with 4")
        self._adopt(reconcile)
        self._add("status", "labs:status", "the tree of resources, once", "--json")
        switch = self._add(
            "cross-zone", "labs:cross_zone", "show or set cross-zone load balancing", "off", takes="SPEC [VALUE]"
        )
        self._spec(switch)
        switch.add_argument(
            "value",
            nargs="?",
            choices=("on", "off", "toggle"),
            metavar="VALUE",
            help="on, off or toggle; leave it out to show the switch",
        )
        switch.add_argument("--write", action="store_true", help="also edit the spec, keeping its comments")
        probe = self._add("probe", "probing:probe", "ask the service and say which subnet answered", "-n 100")
        probe.add_argument("-n", dest="count", type=_count, default=30, help="how many requests (default: 30)")
        probe.add_argument("--consumer", metavar="NAME", help="whose client asks (default: the first)")
        self._via(probe)
        self._via(self._add("verify", "probing:verify", "run the spec's experiments; exit 3 if one fails", "--json"))
        explain = self._add("explain", "labs:explain", "the path of a request, hop by hop, and why it ends where", "")
        explain.add_argument("--consumer", metavar="NAME", help="whose request (default: each one's)")
        explain.add_argument("--no-probe", dest="probe", action="store_false", help="predict only, and ask nobody")
        destroy = self._add("destroy", "labs:destroy", "remove what is the lab's, and nothing else", "--yes")
        destroy.add_argument("--yes", action="store_true", help="confirm")
        self._add_history()
        shell = self._add("shell", "shell:shell", "a shell that speaks as a machine of the lab", "--as server-2")
        shell.add_argument("--as", dest="machine", metavar="MACHINE", help=SHELL_AS)
        shell.add_argument("-c", "--command", metavar="COMMAND", help="run this instead of asking for commands")
        text = "the local AWS: start, stop, look, save, and break it on purpose"
        add_actions(self._add("sandbox", "sandbox:sandbox", text, "up --speed real", takes="ACTION"), _common)
        self._add("schema", "checks:schema", "print the JSON Schema of specs", "> lab.schema.json", takes="")
        completion = self._add(
            "completion", "completion:completion", "print a shell completion script", "", takes="bash|zsh|tcsh"
        )
        completion.epilog = 'example: eval "$(pltui completion bash)"'
        completion.add_argument("shell", choices=("bash", "zsh", "tcsh"), metavar="bash|zsh|tcsh")

    def _add_history(self) -> None:
        a_run = "its id, what an id begins or ends with, a file, or last"
        log = self._add("log", "log:log", "list recorded runs, or show one", "last", takes="[RUN]")
        log.add_argument("run", nargs="?", metavar="RUN", help=a_run)
        log.add_argument("--lab", metavar="NAME", help="only runs of this lab")
        log.add_argument("-n", dest="count", type=_count, default=20, help="how many runs to list (default: 20)")
        replay = self._add("replay", "log:replay", "watch a recorded run in the app", "last --speed 4", takes="RUN")
        replay.add_argument("run", metavar="RUN", help=a_run)
        replay.add_argument(
            "--speed", type=_speed, default=1.0, metavar="N|real|instant", help="times as fast (default: 1)"
        )

    def _add(self, name: str, function: str, text: str, more: str, *, takes: str = "SPEC") -> argparse.ArgumentParser:
        """A command that runs `function`; its example ends in `more`, and its usage shows what it `takes`."""
        example = ("example: pltui", name, "specs/privatelink.yaml" if takes.startswith("SPEC") else "", more)
        parser = self._commands.add_parser(
            name,
            help=text,
            usage=" ".join(filter(None, ("pltui", name, takes, "[options]"))),
            description=text[0].upper() + text[1:] + ".",
            epilog=" ".join(filter(None, example)),
            allow_abbrev=False,
        )
        parser.set_defaults(function=function)
        if takes == "SPEC":
            self._spec(parser)
        _common(parser)
        return parser

    @staticmethod
    def _spec(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("spec", metavar="SPEC", help="the lab, as YAML")

    @staticmethod
    def _adopt(parser: argparse.ArgumentParser) -> None:
        text = "take over what has the name of something wanted and is not the lab's"
        parser.add_argument("--adopt", action="store_true", help=text)

    @staticmethod
    def _via(parser: argparse.ArgumentParser) -> None:
        ways = ("auto", "sandbox", "ssm", "tunnel", "direct")
        parser.add_argument("--via", choices=ways, default="auto", help="how requests are sent (default: auto)")


def _common(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("everywhere")
    group.add_argument(
        "--target", choices=("sandbox", "aws"), default="sandbox", help="nothing reaches a real account but with aws"
    )
    group.add_argument("--endpoint-url", metavar="URL", help="another API endpoint; on loopback unless --target aws")
    group.add_argument("--profile", help="AWS profile (with --target aws)")
    group.add_argument("--region", help="AWS region (default: the spec's, then the environment's)")
    group.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="override a value of the spec")
    group.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="of a run (default: 900)")
    group.add_argument(
        "--lock-timeout",
        type=_duration,
        default=0.0,
        metavar="TIME",
        help="how long to wait while another run changes the lab, such as 60s (default: not at all)",
    )
    group.add_argument("--json", action="store_true", help="results as JSON on stdout")
    group.add_argument("--read-only", action="store_true", help="refuse whatever would write")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress")
    group.add_argument("-v", "--verbose", action="count", default=0, help="more progress, request ids")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def _duration(text: str) -> float:
    """Seconds of `60s`, `2m` or `60`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write for example 60s or 2m")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def _speed(text: str) -> float:
    from pltui.launcher import parse_speed

    try:
        return parse_speed(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def expand(argv: Sequence[str]) -> list[str]:
    """`pltui SPEC ...` spelled out as `pltui app SPEC ...`. Raises LabError for what is neither command nor file."""
    from pltui.errors import LabError

    words = list(argv)
    if not words:
        raise LabError("name a spec or a command", "try: pltui specs/privatelink.yaml, or: pltui --help", 2)
    if words[0] in COMMANDS or words[0] in ("-h", "--help", "--version"):
        return words
    if words[0].startswith("-") or words[0].endswith((".yaml", ".yml")) or Path(words[0]).exists():
        return [APP, *words]
    close = difflib.get_close_matches(words[0], COMMANDS, 1)
    hint = f"did you mean `pltui {close[0]}`?" if close else "`pltui --help` lists the commands"
    raise LabError(f"{words[0]!r} is neither a command nor a spec", hint, 2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; argparse exits by itself on --help and on usage errors (2)."""
    from pltui.errors import LabError

    verbose = 0
    try:
        args = build_parser().parse_args(expand(sys.argv[1:] if argv is None else argv))
        verbose = args.verbose
        module, _, function = args.function.partition(":")
        code: int = getattr(importlib.import_module(f"pltui.commands.{module}"), function)(args)
        return 1 if _output_lost() else code
    except KeyboardInterrupt:
        return 130
    except LabError as error:
        from pltui.output import Output

        Output(verbosity=verbose).error(error)
        return error.code
    except Exception as error:
        return _unexpected(error)


def _output_lost() -> bool:
    from pltui.output import Output

    return Output.lost


def _unexpected(error: Exception) -> int:
    """A bad spec's problems, or a fault of ours: told in a line, with the traceback only when asked for."""
    import os
    import traceback

    from pltui.output import Output
    from pltui.spec import SpecError

    out = Output()
    if isinstance(error, SpecError):
        for problem in error.problems:
            out.complain_plainly(str(problem))
        return 2
    out.complain(f"unexpected {type(error).__name__}: {error}", "PLTUI_DEBUG=1 shows where; please report it")
    if os.environ.get("PLTUI_DEBUG"):
        traceback.print_exc()
    return 1
