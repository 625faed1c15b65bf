"""plan, reconcile, status, cross-zone, destroy, explain."""

from __future__ import annotations

import argparse
import asyncio
import shlex

from pltui.cli.commands.common import DONE, FAILED, PENDING, REFUSED, carry_out, conclude, read_lab, run, tell_remaining
from pltui.cli.commands.confirm import ask_confirmation
from pltui.cli.commands.remaining import place_arguments, remaining, removal_command
from pltui.cli.commands.status import switch_line
from pltui.cli.commands.watch import watch
from pltui.cli.output import Output
from pltui.errors import Refused
from pltui.i18n import tr
from pltui.lab import plan_file
from pltui.lab.runner import Review
from pltui.lab.session import Lab
from pltui.system import files

WRITTEN = "saved to {file}; `{command}` applies exactly this plan"
NOW_SAYS = "{spec} now has {setting}"
EXPLAINED = {"reachable": DONE, "blocked": PENDING, "unknown": FAILED}
SAYS_ALREADY = "{spec} already has {setting}"


def plan(args: argparse.Namespace) -> int:
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
            await asyncio.to_thread(plan_file.save, args.out, _plan_origin(lab), found, account)
            out.say(tr(WRITTEN, file=args.out, command=_apply_command(args)))
        if found.unreadable:
            return REFUSED
        return PENDING if found.changes else DONE

    return run(args, work, events=False)


def _apply_command(args: argparse.Namespace) -> str:
    """Return the command that applies the plan in `args.out`, on the same lab in the same place."""
    adopt = ["--adopt"] if args.adopt else []
    return shlex.join(["pltui", "reconcile", *place_arguments(args), *adopt, "--plan", args.out])


def reconcile(args: argparse.Namespace) -> int:
    """Make the lab match the spec: once, by a reviewed plan, or continuously with `--watch`."""
    approved = plan_file.load(args.plan, _plan_origin(read_lab(args))) if args.plan else None

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

    return run(args, work)


def _plan_origin(lab: Lab) -> plan_file.PlanOrigin:
    return plan_file.PlanOrigin.of(lab.spec, lab.target, lab.region, endpoint_url=lab.chosen_endpoint)


def cross_zone(args: argparse.Namespace) -> int:
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

    return run(args, work, events=args.value is not None, planning=False)


async def _show_switch(lab: Lab, out: Output) -> int:
    observed, wanted = await lab.cross_zone(), lab.spec.provider.load_balancer.cross_zone
    if out.as_json:
        out.write_document({"lab": lab.spec.name, "cross_zone": {"wanted": wanted, "observed": observed}})
    else:
        out.write_line(switch_line(wanted, observed))
    return DONE


def destroy(args: argparse.Namespace) -> int:
    """Delete every resource of the lab.

    Raises:
        Refused: Unless `--yes` is given.
    """
    if not args.yes:
        name = read_lab(args).spec.name
        raise Refused(tr("destroy removes every resource of lab {name}", name=name), tr("confirm with --yes"))

    async def work(lab: Lab, out: Output) -> int:
        run = lab.destroy(remove_guardduty=args.remove_guardduty)
        return await carry_out(args, lab, out, "destroy", run)

    return run(args, work)


def explain(args: argparse.Namespace) -> int:
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

    return run(args, work, events=False, looking=False)
