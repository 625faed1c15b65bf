"""verify: run the spec's experiments."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any

from pltui.cli import options
from pltui.cli.confirmation import ask_confirmation
from pltui.cli.exit_codes import DONE, PENDING
from pltui.cli.lab_command import run_on_lab, tell_remaining
from pltui.cli.output import Output
from pltui.cli.remaining import remaining
from pltui.errors import LabError
from pltui.i18n import tr

if TYPE_CHECKING:
    from pltui.lab.session import Lab

MARKDOWN = "also write them as Markdown; $GITHUB_STEP_SUMMARY is appended to, any other file replaced"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui verify SPEC [options]"
    parser.epilog = options.example("pltui verify specs/privatelink.yaml --json")
    options.add_spec(parser)
    options.add_record(parser)
    options.add_via(parser)
    options.add_yes(parser)
    parser.add_argument("--junit", metavar="FILE", help=tr("also write the results as JUnit XML"))
    parser.add_argument("--markdown", metavar="FILE", help=tr(MARKDOWN))


def run(args: argparse.Namespace) -> int:
    """Run the spec's experiments.

    A requested summary is written however the command ends: a CI job that reads it must also learn of an error.
    """
    from pltui.cli.ci_summary import Summary

    summary = Summary(args)

    async def work(lab: Lab, out: Output) -> int:
        from pltui.lab.experiments import verify as experiment

        summary.begin(lab)
        review = await ask_confirmation(lab, out, args, switches=len(lab.spec.experiments))
        try:
            verdicts = await experiment(lab, args.via, out.say, summary.verdicts.append, review=review)
        except LabError:
            tell_remaining(args, out, await remaining(lab), failed=True)
            raise
        left = await remaining(lab)
        passed = all(verdict.success for verdict in verdicts)
        if out.as_json:
            documents = [verdict.document() for verdict in verdicts]
            out.write_document({"lab": lab.spec.name, "passed": passed, "experiments": documents, **left.document()})
        else:
            for verdict in verdicts:
                _print_verdict(out, verdict.document())
            out.write_line(f"{lab.spec.name}: {'PASS' if passed else 'FAIL'}")
        tell_remaining(args, out, left, failed=not passed)
        return DONE if passed else PENDING

    try:
        code = run_on_lab(args, work, events=args.verbose > 0 and not args.json)
    except Exception as error:
        summary.write(error)
        raise
    summary.write()
    return code


def _print_verdict(out: Output, document: dict[str, Any]) -> None:
    took, on = document["took_seconds"], document["cross_zone"]
    effect = tr("took effect within {took:.1f} s", took=took) if took is not None else tr("never took effect")
    switch = tr("cross-zone on") if on else tr("cross-zone off")
    out.write_line(f"{'PASS' if document['passed'] else 'FAIL'}  {document['name']}: {switch}{tr(', ')}{effect}")
    for consumer, expected in document["expected"].items():
        counts = Counter({int(k): v for k, v in document["distribution"][consumer].items()})
        shares = ", ".join(f"{tr('Subnet {n}', n=subnet)}: {n}" for subnet, n in sorted(counts.items()))
        observed = document["observed"][consumer]
        comparison = tr("expected {expected}, observed {observed}", expected=expected, observed=observed)
        out.write_line(f"      {consumer}: {comparison} ({shares or tr('no answers')})")
        for text, count in document["failures"][consumer].items():
            failed = tr("{failed} of {sent} failed", failed=count, sent=document["sent"][consumer])
            out.write_line(f"      {consumer}: {failed}: {tr(text)}")
