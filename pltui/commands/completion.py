"""Shell completion, made from the parser itself."""

from __future__ import annotations

import argparse

from pltui.commands.common import DONE, output


def completion(args: argparse.Namespace) -> int:
    import shtab

    from pltui.cli import build_parser

    parser = build_parser()
    parser.usage = None  # hand-written, and no part of what can be completed
    output(args).raw(shtab.complete(parser, shell=args.shell))
    return DONE
