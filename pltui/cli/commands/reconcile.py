"""reconcile: make the lab what the spec says."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pltui.cli import options
from pltui.cli.confirmation import ask_confirmation
from pltui.cli.lab_command import carry_out, plan_origin, read_lab, run_on_lab, tell_remaining
from pltui.cli.output import Output
from pltui.cli.reconcile_watch import watch
from pltui.cli.remaining import remaining
from pltui.i18n import tr
from pltui.lab import plan_file

if TYPE_CHECKING:
    from pltui.lab.runner import Review
    from pltui.lab.session import Lab


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui reconcile SPEC [options]"
    parser.epilog = options.example("pltui reconcile specs/privatelink.yaml --watch")
    options.add_spec(parser)
    options.add_record(parser)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--watch", action="store_true", help=tr("keep applying it until Ctrl-C"))
    ways.add_argument("--plan", metavar="FILE", help=tr("apply exactly this plan, or exit with 4"))
    options.add_adopt(parser)
    options.add_yes(parser)


def run(args: argparse.Namespace) -> int:
    """Make the lab match the spec: once, by a reviewed plan, or continuously with `--watch`."""
    approved = plan_file.load(args.plan, plan_origin(read_lab(args))) if args.plan else None

    async def work(lab: Lab, out: Output) -> int:
        review: Review | None
        if approved:
            approved.check_account(await lab.account())
            review = approved.check
        else:
            review = await ask_confirmation(lab, out, args, watching=args.watch)
        if args.watch:
            try:
                return await watch(lab, out, review)
            finally:
                if lab.wrote:
                    tell_remaining(args, out, await remaining(lab), failed=True)
        return await carry_out(args, lab, out, "reconcile", lab.reconcile(review=review))

    return run_on_lab(args, work)
