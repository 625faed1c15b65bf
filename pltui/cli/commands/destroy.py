"""destroy: delete every resource of the lab."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pltui.cli import options
from pltui.cli.lab_command import carry_out, read_lab, run_on_lab
from pltui.cli.output import Output
from pltui.errors import Refused
from pltui.i18n import tr

if TYPE_CHECKING:
    from pltui.lab.session import Lab

GUARDDUTY = "also remove GuardDuty's endpoint and security group from the lab's VPCs, which --yes does not include"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui destroy SPEC [options]"
    parser.epilog = options.example("pltui destroy specs/privatelink.yaml --yes")
    options.add_spec(parser)
    options.add_record(parser)
    parser.add_argument("--yes", action="store_true", help="confirm")
    parser.add_argument("--remove-guardduty", action="store_true", help=tr(GUARDDUTY))


def run(args: argparse.Namespace) -> int:
    """Delete every resource of the lab.

    Raises:
        Refused: Unless `--yes` is given.
    """
    if not args.yes:
        name = read_lab(args).spec.name
        raise Refused(tr("destroy removes every resource of lab {name}", name=name), tr("confirm with --yes"))

    async def work(lab: Lab, out: Output) -> int:
        return await carry_out(args, lab, out, "destroy", lab.destroy(remove_guardduty=args.remove_guardduty))

    return run_on_lab(args, work)
