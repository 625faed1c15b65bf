"""The command line: language, arguments, exit codes and errors. A command is imported when it runs."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from pltui.cli import localized_argparse
from pltui.cli.parser import APP, COMMANDS, build_parser
from pltui.i18n import tr


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
    _end_in_order_on_signals()
    try:
        given = sys.argv[1:] if argv is None else list(argv)
        words = localized_argparse.choose_language(given)
        expanded = expand_arguments(words)
        args = build_parser(expanded[0]).parse_args(expanded, argparse.Namespace(words=given))
        verbose = args.verbose
        code: int = args.function(args)
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


def _end_in_order_on_signals() -> None:
    """Treat SIGTERM and SIGHUP as Ctrl-C unless a command has its own handler, for example before its loop runs.

    An ignored SIGHUP, as by nohup, stays ignored.
    """
    import signal
    import threading

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():  # Python allows handlers only there
        signal.signal(signal.SIGTERM, interrupt)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, interrupt)


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
    if isinstance(error, FileNotFoundError) and not _has_current_folder():
        out.complain(tr("the current folder no longer exists"), tr("change to another folder"))
        return 1
    out.complain(
        tr("unexpected {name}: {error}", name=type(error).__name__, error=error),
        tr("PLTUI_DEBUG=1 shows where; please report it"),
    )
    if os.environ.get("PLTUI_DEBUG"):
        traceback.print_exc()
    return 1


def _has_current_folder() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True
