"""Shell completion, made from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from pltui.cli.commands.common import DONE, output

# `pltui SPEC` names no command: where none matches, the shell offers files.
BASH_FILES = "complete -o bashdefault -o default -F _shtab_pltui pltui"


def completion(args: argparse.Namespace) -> int:
    import shtab

    from pltui.cli.main import build_parser

    parser = build_parser()
    parser.usage = None  # hand-written, and no part of what can be completed
    for argument in _arguments(parser):
        if argument.metavar == "SPEC":
            argument.complete = shtab.FILE  # type: ignore[attr-defined] # shtab's own way to say it
    script = shtab.complete(parser, shell=args.shell)
    output(args).raw(f"{script}\n{BASH_FILES}" if args.shell == "bash" else script)
    return DONE


def _arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """What the parser and its commands take."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _arguments(command)
        else:
            yield action
