"""explain: print the path of a request, hop by hop."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pltui.cli import options
from pltui.cli.exit_codes import DONE, FAILED, PENDING
from pltui.cli.lab_command import run_on_lab
from pltui.cli.output import Output
from pltui.i18n import tr

if TYPE_CHECKING:
    from pltui.lab.session import Lab

EXPLAINED = {"reachable": DONE, "blocked": PENDING, "unknown": FAILED}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui explain SPEC [options]"
    parser.epilog = options.example("pltui explain specs/privatelink.yaml")
    options.add_spec(parser)
    options.add_record(parser)
    parser.add_argument("--consumer", metavar="NAME", help=tr("consumer that sends the request (default: each)"))
    parser.add_argument(
        "--no-probe", dest="probe", action="store_false", help=tr("predict only, without sending requests")
    )


def run(args: argparse.Namespace) -> int:
    """Print the path of a request hop by hop; the exit code depends on reachability (see `EXPLAINED`)."""

    async def work(lab: Lab, out: Output) -> int:
        from pltui.explain import explanation
        from pltui.explain import text as explain_text

        found = await explanation.explain(lab, args.consumer, probe=args.probe)
        text = list(explain_text.lines(found))
        if out.as_json:
            out.write_document({**found.document(), "explanation": text})
        else:
            for line in text:
                out.write_line(line)
        return EXPLAINED[found.reachability]

    return run_on_lab(args, work, events=False, looking=False)
