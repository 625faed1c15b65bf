"""plan: print what would change."""

from __future__ import annotations

import argparse
import asyncio
import shlex
from typing import TYPE_CHECKING

from pltui.cli import options
from pltui.cli.exit_codes import DONE, PENDING, REFUSED
from pltui.cli.lab_command import plan_origin, run_on_lab
from pltui.cli.output import Output
from pltui.cli.remaining import place_arguments, remaining, removal_command
from pltui.i18n import tr
from pltui.lab import plan_file
from pltui.system import files

if TYPE_CHECKING:
    from pltui.lab.session import Lab

WRITTEN = "saved to {file}; `{command}` applies exactly this plan"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui plan SPEC [options]"
    parser.epilog = options.example("pltui plan specs/privatelink.yaml --json")
    options.add_spec(parser)
    options.add_record(parser)
    parser.add_argument("--out", metavar="FILE", help=tr("also write the plan to a file, for `reconcile --plan`"))
    options.add_adopt(parser)


def run(args: argparse.Namespace) -> int:
    """Print the plan; write it to a file with `--out`. Reads only."""
    files.check_all([args.out] if args.out else [], args.spec)

    async def work(lab: Lab, out: Output) -> int:
        found = await lab.plan()
        left = await remaining(lab)
        out.write_plan(lab.spec.name, found, await lab.bill(), {"endpoint_url": lab.endpoint, **left.document()})
        if left.count and not out.as_json and (sentence := left.sentence(removal_command(args))):
            out.write_line(sentence)
        if args.out:
            account = await lab.account()
            await asyncio.to_thread(plan_file.save, args.out, plan_origin(lab), found, account)
            out.say(tr(WRITTEN, file=args.out, command=_apply_command(args)))
        if found.unreadable:
            return REFUSED
        return PENDING if found.changes else DONE

    return run_on_lab(args, work, events=False)


def _apply_command(args: argparse.Namespace) -> str:
    """Return the command that applies the plan in `args.out`, on the same lab in the same place."""
    adopt = ["--adopt"] if args.adopt else []
    return shlex.join(["pltui", "reconcile", *place_arguments(args), *adopt, "--plan", args.out])
