"""sandbox snapshot: save the state of the sandbox to a file, or load it."""

from __future__ import annotations

import argparse
from pathlib import Path

from pltui.cli import options
from pltui.cli.exit_codes import DONE
from pltui.cli.output import Output
from pltui.cli.sandbox_access import running_sandbox
from pltui.i18n import tr
from pltui.sandbox import launcher


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui sandbox snapshot save|load FILE [options]"
    parser.epilog = options.example("pltui sandbox snapshot save lab.snapshot")
    parser.add_argument("way", choices=("save", "load"), metavar="save|load")
    text = tr("load replaces the contents of the sandbox; no code in the file is run")
    parser.add_argument("file", metavar="FILE", help=text)


def run(args: argparse.Namespace, out: Output) -> int:
    """Save the state of the sandbox to a file, or load it."""
    file = str(Path(args.file).absolute())
    if args.way == "save":
        done = running_sandbox().save(file)
        text = tr("saved to {file}, {size:.1f} MB", file=file, size=done["bytes"] / 1e6)
    else:
        done = launcher.ensure().load(file)
        text = tr("loaded from {file}", file=file)
    if done["left_out"]:
        out.complain(
            tr("not included, because they contain more than data: {names}", names=", ".join(done["left_out"]))
        )
    if out.as_json:
        out.write_document(done)
    else:
        out.write_line(text)
    return DONE
