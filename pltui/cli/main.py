"""The command line: commands, options and exit codes. Modules that a command needs are imported when it runs."""

from __future__ import annotations

import argparse
import difflib
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from pltui import __version__
from pltui.cli import converters
from pltui.cli.commands import usage
from pltui.cli.commands.actions import add_actions
from pltui.i18n import LANGUAGES, tr

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
SHELL_AS = "the machine: consumer, server-2, a Name or an instance id (default: the first consumer's client)"
LIVE = "apply the spec each time it is saved, without asking (sandbox only)"
GUARDDUTY = "also remove GuardDuty's endpoint and security group from the lab's VPCs, which --yes does not include"
MARKDOWN = "also write them as Markdown; $GITHUB_STEP_SUMMARY is appended to, any other file replaced"
REPORT_TO = "output file: .html, .md, .svg or .json; repeat it for more formats of the same run"
NO_EXPERIMENTS = "do not change the lab: only plan, explain and probe (so does --read-only)"
RECORD = "write all calls and responses to a new file, as JSON Lines without secrets"
WITHOUT_CALLS = frozenset({"serve", "validate"})  # serve makes no calls itself; the app in each tab does
COMMANDS = (
    APP, "serve", "new", "validate", "plan", "reconcile", "status", "cross-zone", "probe", "verify", "explain",
    "report", "destroy", "log", "replay", "shell", "sandbox", "config", "schema", "completion",
)  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands, in the selected language."""
    usage.translate_argparse()
    parser = argparse.ArgumentParser(
        prog="pltui",
        usage="pltui SPEC | pltui COMMAND ...",
        description=tr(DESCRIPTION),
        epilog=tr(EPILOG),
        formatter_class=usage.RawFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"pltui {__version__}", help=tr("show program's version number and exit")
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND [OPTIONS]", required=True, prog="pltui")
    _Commands(commands).add_all()
    return parser


class _Commands:
    def __init__(self, commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        self._commands = commands

    def add_all(self) -> None:
        """Add every command, in the order in which help lists them."""
        app = self._add_command(APP, "app:app", tr("open the app (the same as `pltui SPEC`)"), "")
        self._add_screen_options(app)
        self._add_serve()
        self._add_new()
        self._add_lab_commands()
        self._add_probe_commands()
        self._add_report()
        self._add_destroy()
        self._add_history()
        self._add_tools()

    def _add_lab_commands(self) -> None:
        validate = self._add_command(
            "validate", "checks:validate", tr("check specs, without changing anything"), "", takes="SPEC..."
        )
        validate.add_argument("specs", nargs="+", metavar="SPEC", help=tr("a lab, as YAML"))
        plan = self._add_command(
            "plan", "labs:plan", tr("show what would change; reads only; exit 3 if anything would"), "--json"
        )
        plan.add_argument("--out", metavar="FILE", help=tr("also write the plan to a file, for `reconcile --plan`"))
        self._add_adopt(plan)
        reconcile = self._add_command("reconcile", "labs:reconcile", tr("apply the spec to the lab"), "--watch")
        ways = reconcile.add_mutually_exclusive_group()
        ways.add_argument("--watch", action="store_true", help=tr("keep applying it until Ctrl-C"))
        ways.add_argument("--plan", metavar="FILE", help=tr("apply exactly this plan, or exit with 4"))
        self._add_adopt(reconcile)
        self._add_yes(reconcile)
        status = self._add_command(
            "status", "status:status", tr("show the tree of resources, once or continuously"), "--watch"
        )
        status.add_argument("--watch", action="store_true", help=tr("follow changes until Ctrl-C"))
        status.add_argument("--plain", action="store_true", help=tr("write sentences, for screen readers"))
        switch = self._add_command(
            "cross-zone", "labs:cross_zone", tr("show or set cross-zone load balancing"), "off", takes="SPEC [VALUE]"
        )
        self._add_spec(switch)
        switch.add_argument(
            "value",
            nargs="?",
            choices=("on", "off", "toggle"),
            metavar="VALUE",
            help=tr("on, off or toggle (default: show the switch)"),
        )
        switch.add_argument("--write", action="store_true", help=tr("also edit the spec, keeping its comments"))

    def _add_probe_commands(self) -> None:
        probe = self._add_command(
            "probe", "probing:probe", tr("send requests and show which subnet answered"), "-n 100"
        )
        probe.add_argument(
            "-n", dest="count", type=converters.count, default=30, help=tr("number of requests (default: 30)")
        )
        probe.add_argument(
            "--consumer", metavar="NAME", help=tr("consumer that sends the requests (default: the first)")
        )
        self._add_via(probe)
        verify = self._add_command(
            "verify", "probing:verify", tr("run the spec's experiments; exit 3 if one fails"), "--json"
        )
        self._add_via(verify)
        self._add_yes(verify)
        verify.add_argument("--junit", metavar="FILE", help=tr("also write the results as JUnit XML"))
        verify.add_argument("--markdown", metavar="FILE", help=tr(MARKDOWN))
        explain = self._add_command(
            "explain", "labs:explain", tr("show the path of a request hop by hop, where it ends and why"), ""
        )
        explain.add_argument("--consumer", metavar="NAME", help=tr("consumer that sends the request (default: each)"))
        explain.add_argument(
            "--no-probe", dest="probe", action="store_false", help=tr("predict only, without sending requests")
        )

    def _add_destroy(self) -> None:
        destroy = self._add_command(
            "destroy", "labs:destroy", tr("remove the lab's resources, and nothing else"), "--yes"
        )
        destroy.add_argument("--yes", action="store_true", help="confirm")
        destroy.add_argument("--remove-guardduty", action="store_true", help=tr(GUARDDUTY))

    def _add_tools(self) -> None:
        shell = self._add_command("shell", "shell:shell", tr("open a shell on a machine of the lab"), "--as server-2")
        shell.add_argument("--as", dest="machine", metavar="MACHINE", help=tr(SHELL_AS))
        shell.add_argument(
            "-c", "--command", metavar="COMMAND", help=tr("run this command instead of an interactive shell")
        )
        text = tr("manage the local AWS: start, stop, inspect, save, inject faults")
        add_actions(
            self._add_command("sandbox", "sandbox:sandbox", text, "up --speed real", takes="ACTION"),
            _add_common_options,
        )
        text = tr("print the settings and every key, as a config file to start from")
        self._add_command("config", "config:show", text, "> config.toml", takes="")
        self._add_command(
            "schema", "checks:schema", tr("print the JSON Schema of specs"), "> lab.schema.json", takes=""
        )
        completion = self._add_command(
            "completion", "completion:completion", tr("print a shell completion script"), "", takes="bash|zsh|tcsh"
        )
        completion.epilog = tr("example:") + ' eval "$(pltui completion bash)"'
        completion.add_argument("shell", choices=("bash", "zsh", "tcsh"), metavar="bash|zsh|tcsh")

    def _add_serve(self) -> None:
        serve = self._add_command("serve", "serve:serve", tr("show the app in a browser on this machine"), "--port 0")
        serve.add_argument(
            "--port",
            type=converters.port_or_any,
            default=8000,
            metavar="N",
            help=tr("port (default: 8000; 0: any free port)"),
        )
        self._add_screen_options(serve)

    def _add_new(self) -> None:
        new = self._add_command(
            "new", "new:new", tr("write a commented spec to start from"), "lesson", takes="[TEMPLATE]"
        )
        new.add_argument("template", nargs="?", metavar="TEMPLATE", help=tr("the template (default: list them)"))
        new.add_argument(
            "-o", dest="output", metavar="FILE", help=tr("output file (default: TEMPLATE.yaml; -: stdout)")
        )
        new.add_argument("--name", metavar="NAME", help=tr("name of the lab (default: the template's)"))
        new.add_argument("--schema", action="store_true", help=tr("also write the schema beside it, for editors"))
        new.add_argument("--force", action="store_true", help=tr("replace an existing file"))

    def _add_report(self) -> None:
        text = tr("run the experiments as verify does, and write a report")
        report = self._add_command("report", "report:report", text, "-o report.html")
        report.add_argument("-o", dest="outputs", metavar="FILE", action="append", required=True, help=tr(REPORT_TO))
        report.add_argument("--no-experiments", dest="experiments", action="store_false", help=tr(NO_EXPERIMENTS))
        self._add_via(report)
        self._add_yes(report)

    def _add_history(self) -> None:
        a_run = tr("an id, its beginning or end, a file, or last")
        log = self._add_command("log", "log:log", tr("list recorded runs, or show one"), "last", takes="[RUN]")
        log.add_argument("run", nargs="?", metavar="RUN", help=a_run)
        log.add_argument("--lab", metavar="NAME", help=tr("only runs of this lab"))
        log.add_argument(
            "-n", dest="count", type=converters.count, default=20, help=tr("number of runs to list (default: 20)")
        )
        replay = self._add_command(
            "replay", "log:replay", tr("replay a recorded run in the app"), "last --speed 4", takes="RUN"
        )
        replay.add_argument("run", metavar="RUN", help=a_run)
        replay.add_argument(
            "--speed",
            type=converters.speed,
            default=1.0,
            metavar="N|real|instant",
            help=tr("speed factor (default: 1)"),
        )

    def _add_command(
        self, name: str, function: str, text: str, more: str, *, takes: str = "SPEC"
    ) -> argparse.ArgumentParser:
        """Add a command that runs `function`; its example ends in `more`, and its usage shows `takes`."""
        example = (tr("example:"), "pltui", name, "specs/privatelink.yaml" if takes.startswith("SPEC") else "", more)
        parser = self._commands.add_parser(
            name,
            help=text,
            usage=" ".join(filter(None, ("pltui", name, takes, "[options]"))),
            description=tr("{sentence}.", sentence=text[0].upper() + text[1:]),
            epilog=" ".join(filter(None, example)),
            formatter_class=usage.Formatter,
            allow_abbrev=False,
        )
        parser.set_defaults(function=function)
        if takes == "SPEC":
            self._add_spec(parser)
        if takes.startswith("SPEC") and name not in WITHOUT_CALLS:
            parser.add_argument("--record", metavar="FILE", help=tr(RECORD))
        _add_common_options(parser)
        return parser

    @staticmethod
    def _add_spec(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("spec", metavar="SPEC", help=tr("the lab, as YAML"))

    @staticmethod
    def _add_screen_options(parser: argparse.ArgumentParser) -> None:
        text = tr("how it looks, such as pltui-light; remembered for the lab")
        parser.add_argument("--theme", metavar="NAME", help=text)
        parser.add_argument("--live", action="store_true", help=tr(LIVE))

    @staticmethod
    def _add_adopt(parser: argparse.ArgumentParser) -> None:
        text = tr("adopt existing resources that have a name the spec needs")
        parser.add_argument("--adopt", action="store_true", help=text)

    @staticmethod
    def _add_yes(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help=tr("with --target aws, change it without asking"))

    @staticmethod
    def _add_via(parser: argparse.ArgumentParser) -> None:
        ways = ("auto", "sandbox", "ssm", "tunnel", "direct")
        parser.add_argument("--via", choices=ways, default="auto", help=tr("how requests are sent (default: auto)"))


def _add_common_options(parser: argparse.ArgumentParser) -> None:
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


def expand_arguments(argv: Sequence[str]) -> list[str]:
    """Return the arguments with `pltui SPEC ...` expanded to `pltui app SPEC ...`.

    Raises:
        LabError: If the first word is neither a command nor a file (exit code 2).
    """
    from pltui.errors import LabError

    words = list(argv)
    if not words:
        raise LabError(tr("name a spec or a command"), tr("try: pltui specs/privatelink.yaml, or: pltui --help"), 2)
    if words[0] in COMMANDS or words[0] in ("-h", "--help", "--version"):
        return words
    if words[0].startswith("-") or words[0].endswith((".yaml", ".yml")) or Path(words[0]).exists():
        return [APP, *words]
    close = difflib.get_close_matches(words[0], COMMANDS, 1)
    hint = tr("did you mean `pltui {command}`?", command=close[0]) if close else tr("`pltui --help` lists the commands")
    raise LabError(tr("{word!r} is neither a command nor a spec", word=words[0]), hint, 2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; argparse itself exits on --help and on usage errors (2)."""
    from pltui.errors import LabError

    verbose = 0
    _end_in_order_on_sigterm()
    try:
        given = sys.argv[1:] if argv is None else list(argv)
        words = usage.choose_language(given)
        args = build_parser().parse_args(expand_arguments(words), argparse.Namespace(words=given))
        verbose = args.verbose
        module, _, function = args.function.partition(":")
        code: int = getattr(importlib.import_module(f"pltui.cli.commands.{module}"), function)(args)
        return 1 if _has_lost_output() else code
    except KeyboardInterrupt:
        from pltui.cli.output import Output

        Output().complain(tr("interrupted"))
        return 130
    except LabError as error:
        from pltui.cli.output import Output

        Output(verbosity=verbose).write_error(error)
        return error.code
    except Exception as error:
        return _report_error(error)


def _end_in_order_on_sigterm() -> None:
    """Treat SIGTERM as Ctrl-C unless a command has its own handler, for example before its loop runs."""
    import signal
    import threading

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():  # Python allows handlers only there
        signal.signal(signal.SIGTERM, interrupt)


def _has_lost_output() -> bool:
    from pltui.cli.output import Output

    return Output.lost


def _report_error(error: Exception) -> int:
    """Report an invalid spec or an internal error in a line; print the traceback only with PLTUI_DEBUG."""
    import os
    import traceback

    from pltui.cli.output import Output
    from pltui.spec import SpecError

    out = Output()
    if isinstance(error, SpecError):
        for problem in error.problems:
            out.complain_plainly(str(problem))
        return 2
    out.complain(
        tr("unexpected {name}: {error}", name=type(error).__name__, error=error),
        tr("PLTUI_DEBUG=1 shows where; please report it"),
    )
    if os.environ.get("PLTUI_DEBUG"):
        traceback.print_exc()
    return 1
