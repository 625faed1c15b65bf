"""report: write a lab down as a file to share."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from pltui.cli import options
from pltui.cli.confirmation import ask_confirmation
from pltui.cli.exit_codes import DONE, FAILED, PENDING
from pltui.cli.lab_command import run_on_lab
from pltui.cli.output import Output
from pltui.i18n import tr
from pltui.report.formats import writer
from pltui.spec.source import read
from pltui.system import files

if TYPE_CHECKING:
    from pltui.lab.session import Lab
    from pltui.report.model import Results

REPORT_TO = "output file: .html, .md, .svg or .json; repeat it for more formats of the same run"
NO_EXPERIMENTS = "do not change the lab: only plan, explain and probe (so does --read-only)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui report SPEC [options]"
    parser.epilog = options.example("pltui report specs/privatelink.yaml -o report.html")
    options.add_spec(parser)
    options.add_record(parser)
    parser.add_argument("-o", dest="outputs", metavar="FILE", action="append", required=True, help=tr(REPORT_TO))
    parser.add_argument("--no-experiments", dest="experiments", action="store_false", help=tr(NO_EXPERIMENTS))
    options.add_via(parser)
    options.add_yes(parser)


def run(args: argparse.Namespace) -> int:
    """Run the experiments as `verify` does, unless `--no-experiments` is given, and write every form of the report."""
    writers = {path: writer(path) for path in args.outputs}
    files.check_all(args.outputs, args.spec)
    text = read(args.spec)  # read first: the file may be saved or removed while the experiments run

    async def work(lab: Lab, out: Output) -> int:
        from pltui.report.collect import collect

        switches = len(lab.spec.experiments) if args.experiments else 0
        review = await ask_confirmation(lab, out, args, switches=switches) if switches else None
        found = await collect(lab, text, args.via, out.say, experiments=args.experiments, review=review)
        for path, write in writers.items():
            await asyncio.to_thread(files.write, path, write(found))
            if not out.as_json:
                out.write_line(path)
        if out.as_json:
            out.write_document({"lab": lab.spec.name, "passed": found.results.success, "files": list(writers)})
        return _print_outcome(out, found.results, lab.spec.name)

    return run_on_lab(args, work, events=args.verbose > 0 and not args.json)


def _print_outcome(out: Output, results: Results, lab: str) -> int:
    if results.trouble:
        out.complain(results.trouble.message, results.trouble.hint)
        out.say(tr("{lab}: the experiments ended early, as the report says", lab=lab))
        return FAILED
    if results.success is None:
        out.say(tr("{lab}: no experiment was run: {skipped}", lab=lab, skipped=results.skipped))
        return DONE
    written = "" if results.success else tr("; the report is written nevertheless and says so")
    out.say(
        tr(
            "{lab}: {passes} of {declared} experiments as expected{written}",
            lab=lab,
            passes=results.passes,
            declared=results.declared,
            written=written,
        )
    )
    return DONE if results.success else PENDING
