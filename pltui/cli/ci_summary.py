"""Results of `verify` for a CI job: JUnit XML and Markdown."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from pltui.cli.lab_command import output
from pltui.errors import LabError
from pltui.i18n import Phrase, tr
from pltui.lab.experiments import ExperimentResult
from pltui.lab.session import Lab
from pltui.report.junit import junit
from pltui.report.markdown import LIMIT, results_markdown
from pltui.report.model import Origin, Results, Trouble
from pltui.report.origin import early_origin
from pltui.spec import SpecError
from pltui.system import files
from pltui.topology import server_zones

# The file GitHub shows below a job ("Workflow commands", adding a job summary). Each step appends to it.
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


class Summary:
    """The files that `--junit` and `--markdown` name. `verdicts` are those reached so far.

    Raises:
        LabError: If a file cannot be written, or would replace the spec or the other file (exit code 2).
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self.verdicts: list[ExperimentResult] = []
        self._junit, self._markdown = args.junit, args.markdown
        files.check_all([path for path in (self._junit, self._markdown) if path], args.spec)
        self._out = output(args)
        self._origin = early_origin(Path(args.spec).stem, args.target, args.region or "")  # until `begin` is called
        self._declared, self._zones = 0, dict[int, str]()

    def begin(self, lab: Lab) -> None:
        """Record the lab's facts, so that an early error is reported with them."""
        self._origin = early_origin(lab.spec.name, lab.target, lab.region)
        self._declared, self._zones = len(lab.spec.experiments), server_zones(lab.all_desired)

    def write(self, error: Exception | None = None) -> None:
        """Write all results so far; `error` is the reason why they are incomplete."""
        results = Results(self._declared, tuple(self.verdicts), _describe_error(error) if error else None)
        if self._junit:
            files.write(self._junit, junit(self._origin, results))
            self._out.say(tr("written to {file}", file=self._junit))
        if self._markdown:
            self._write_markdown(self._origin, results)

    def _write_markdown(self, where: Origin, results: Results) -> None:
        step = os.environ.get(STEP_SUMMARY)
        if not step or not files.same(self._markdown, step):
            files.write(self._markdown, results_markdown(where, results, self._zones))
            self._out.say(tr("written to {file}", file=self._markdown))
            return
        there = Path(step).stat().st_size if Path(step).exists() else 0
        text = results_markdown(where, results, self._zones, LIMIT - there - 1)
        if not text:
            self._out.complain(
                tr("{step} has no room for a summary: only {limit:,} bytes are shown", step=step, limit=LIMIT)
            )
            return
        files.append(step, f"\n{text}" if there else text)
        self._out.say(tr("added to {file}", file=step))


def _describe_error(error: Exception) -> Trouble:
    match error:
        case SpecError():
            return Trouble("; ".join(map(str, error.problems)))
        case LabError():
            return Trouble(error.message, error.hint)
    return Trouble(Phrase("unexpected {name}: {error}", name=type(error).__name__, error=error))
