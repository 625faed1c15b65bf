"""validate: check specs."""

from __future__ import annotations

import argparse

from pltui.cli import options
from pltui.cli.exit_codes import DONE, USAGE
from pltui.cli.lab_command import output, settings
from pltui.i18n import tr
from pltui.spec import SpecError, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui validate SPEC... [options]"
    parser.epilog = options.example("pltui validate specs/privatelink.yaml")
    parser.add_argument("specs", nargs="+", metavar="SPEC", help=tr("a lab, as YAML"))


def run(args: argparse.Namespace) -> int:
    """Check every file and report every problem of each."""
    out = output(args)
    overrides = settings(args).overrides
    documents, valid = [], True
    for path in args.specs:
        problems: list[dict[str, object]] = []
        try:
            spec = load(path, overrides)
        except SpecError as error:
            valid = False
            for problem in error.problems:
                out.complain_plainly(str(problem))
                problems.append(
                    {"file": problem.file, "line": problem.line, "column": problem.column, "message": problem.message}
                )
        else:
            if not args.json:
                consumers = ", ".join(spec.consumers)
                out.write_line(
                    tr(
                        "{path}: valid (lab {lab}; consumers: {consumers})",
                        path=path,
                        lab=spec.name,
                        consumers=consumers,
                    )
                )
        documents.append({"file": str(path), "valid": not problems, "problems": problems})
    if args.json:
        out.write_document({"valid": valid, "specs": documents})
    return DONE if valid else USAGE
