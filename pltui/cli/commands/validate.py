"""validate and schema: commands that need only the spec."""

from __future__ import annotations

import argparse

from pltui.cli.commands.common import DONE, USAGE, output, settings
from pltui.i18n import tr
from pltui.spec import SpecError, load, schema_text


def validate(args: argparse.Namespace) -> int:
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


def schema(args: argparse.Namespace) -> int:
    """Print the JSON Schema of specs."""
    output(args).write_raw(schema_text())
    return DONE
