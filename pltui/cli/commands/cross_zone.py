"""cross-zone: show or set cross-zone load balancing."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from pltui.cli import options
from pltui.cli.exit_codes import DONE
from pltui.cli.lab_command import conclude, run_on_lab
from pltui.cli.output import Output
from pltui.cli.remaining import remaining
from pltui.i18n import Phrase, tr

if TYPE_CHECKING:
    from pltui.lab.session import Lab

NOW_SAYS = "{spec} now has {setting}"
SAYS_ALREADY = "{spec} already has {setting}"
SWITCH = {True: Phrase("on"), False: Phrase("off"), None: Phrase("unknown")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui cross-zone SPEC [VALUE] [options]"
    parser.epilog = options.example("pltui cross-zone specs/privatelink.yaml off")
    options.add_spec(parser)
    options.add_record(parser)
    text = tr("on, off or toggle (default: show the switch)")
    parser.add_argument("value", nargs="?", choices=("on", "off", "toggle"), metavar="VALUE", help=text)
    parser.add_argument("--write", action="store_true", help=tr("also edit the spec, keeping its comments"))


def run(args: argparse.Namespace) -> int:
    """Show or set cross-zone load balancing; with `--write`, also edit the spec."""

    async def work(lab: Lab, out: Output) -> int:
        if args.value is None:
            return await _show_switch(lab, out)
        on = not await lab.cross_zone() if args.value == "toggle" else args.value == "on"
        outcome = await lab.set_cross_zone(on)
        code = conclude(out, outcome, "cross-zone", lab.spec.name, await remaining(lab))
        if code == DONE and not out.as_json:
            out.write_line(tr("cross-zone on") if on else tr("cross-zone off"))
        if code == DONE and args.write:
            changed = await asyncio.to_thread(lab.write_back, on)
            setting = f"cross_zone: {str(on).lower()}"
            out.say(tr(NOW_SAYS if changed else SAYS_ALREADY, spec=args.spec, setting=setting))
        return code

    return run_on_lab(args, work, events=args.value is not None, planning=False)


async def _show_switch(lab: Lab, out: Output) -> int:
    observed, wanted = await lab.cross_zone(), lab.spec.provider.load_balancer.cross_zone
    if out.as_json:
        out.write_document({"lab": lab.spec.name, "cross_zone": {"wanted": wanted, "observed": observed}})
    else:
        out.write_line(switch_line(wanted, observed))
    return DONE


def switch_line(wanted: bool, observed: bool | None) -> str:
    """Return the desired and observed cross-zone setting in one line."""
    shown = {"wanted": SWITCH[wanted], "observed": SWITCH[observed]}
    return tr("cross-zone  spec {wanted} · live {observed}", **shown)
