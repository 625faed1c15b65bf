"""plan, reconcile, status, cross-zone, destroy, explain."""

from __future__ import annotations

import argparse
import asyncio

from pltui import planfile
from pltui.commands.common import DONE, FAILED, PENDING, conclude, read_lab, run
from pltui.commands.watch import watch
from pltui.engine.describe import describe
from pltui.engine.plan import Plan
from pltui.engine.types import Op
from pltui.errors import Refused
from pltui.lab import Lab
from pltui.output import Output, seen_document
from pltui.topology import LOAD_BALANCER


def plan(args: argparse.Namespace) -> int:
    async def work(lab: Lab, out: Output) -> int:
        found = await lab.plan()
        out.plan(lab.spec.name, found)
        if args.out:
            account = await lab.account()
            await asyncio.to_thread(planfile.save, args.out, _facts(lab), found, account)
            out.say(f"written to {args.out}: `pltui reconcile {args.spec} --plan {args.out}` does exactly this")
        return PENDING if found.changes else DONE

    return run(args, work, events=False)


def reconcile(args: argparse.Namespace) -> int:
    approved = planfile.load(args.plan, _facts(read_lab(args))) if args.plan else None

    async def work(lab: Lab, out: Output) -> int:
        if args.watch:
            return await watch(lab, out)
        if approved:
            approved.check_account(await lab.account())
        outcome = await lab.reconcile(review=approved.check if approved else None)
        return conclude(out, outcome, "reconcile", lab.spec.name)

    return run(args, work)


def _facts(lab: Lab) -> planfile.Facts:
    return planfile.Facts.of(lab.spec, lab.target, lab.region, endpoint_url=lab.settings.endpoint_url)


def status(args: argparse.Namespace) -> int:
    async def work(lab: Lab, out: Output) -> int:
        found = await lab.look()
        balancer = next((item for item in lab.seen if item.address == LOAD_BALANCER), None)
        observed = balancer.spec.get("cross_zone") if balancer else None
        wanted = lab.spec.provider.load_balancer.cross_zone
        if out.as_json:
            here = {item.address for item in lab.seen}
            absent = [
                {"address": w.address, "kind": w.kind, "name": w.name, "id": None, "state": "absent", "status": ""}
                for w in lab.wants
                if w.address not in here
            ]
            out.document(
                {
                    "lab": lab.spec.name,
                    "target": lab.target,
                    "endpoint_url": lab.endpoint,
                    "region": lab.region,
                    "load_balancer": lab.spec.provider.load_balancer.name,
                    "cross_zone": {"wanted": wanted, "observed": observed},
                    "converged": found is not None and not found.steps,
                    "resources": [seen_document(item) for item in lab.seen] + absent,
                    "pending": [{"address": step.address, **describe(step)} for step in (found.steps if found else ())],
                }
            )
            return DONE
        out.line(f"{lab.spec.name}  {lab.target}  {lab.region}  {lab.endpoint or ''}".rstrip())
        out.line(f"cross-zone  wanted {_on_off(wanted)} · observed {_on_off(observed)}")
        out.tree(lab.wants, lab.seen)
        there = {item.address for item in lab.seen} & {want.address for want in lab.wants}
        out.line(f"{len(there)} of {len(lab.wants)} there, {_to_do(found)}")
        return DONE

    return run(args, work, events=False)


def _to_do(plan: Plan | None) -> str:
    if plan is None:
        return "and something that is not the lab's is in the way: `pltui plan` says what"
    waiting = sum(step.op is Op.WAIT for step in plan.steps)
    return f"{len(plan.changes)} to change, {waiting} not working yet"


def cross_zone(args: argparse.Namespace) -> int:
    async def work(lab: Lab, out: Output) -> int:
        if args.value is None:
            return await _show_switch(lab, out)
        on = not await lab.cross_zone() if args.value == "toggle" else args.value == "on"
        outcome = await lab.set_cross_zone(on)
        code = conclude(out, outcome, "cross-zone", lab.spec.name)
        if code == DONE and not out.as_json:
            out.line(f"cross-zone {_on_off(on)}")
        if code == DONE and args.write:
            changed = await asyncio.to_thread(lab.write_back, on)
            out.say(f"{args.spec} {'now says' if changed else 'says so already:'} cross_zone: {str(on).lower()}")
        return code

    return run(args, work, events=args.value is not None, planning=False)


async def _show_switch(lab: Lab, out: Output) -> int:
    observed, wanted = await lab.cross_zone(), lab.spec.provider.load_balancer.cross_zone
    if out.as_json:
        out.document({"lab": lab.spec.name, "cross_zone": {"wanted": wanted, "observed": observed}})
    else:
        out.line(f"cross-zone  wanted {_on_off(wanted)} · observed {_on_off(observed)}")
    return DONE


def destroy(args: argparse.Namespace) -> int:
    if not args.yes:
        name = read_lab(args).spec.name
        raise Refused(f"destroy removes every resource of lab {name}", "say --yes to confirm")

    async def work(lab: Lab, out: Output) -> int:
        outcome = await lab.destroy()
        code = conclude(out, outcome, "destroy", lab.spec.name)
        if code == FAILED and outcome.left:
            out.complain("left: " + ", ".join(outcome.left))
        return code

    return run(args, work)


def explain(args: argparse.Namespace) -> int:
    async def work(lab: Lab, out: Output) -> int:
        from pltui import explain, explain_text

        found = await explain.explain(lab, args.consumer, probe=args.probe)
        text = list(explain_text.lines(found))
        if out.as_json:
            out.document({**found.document(), "explanation": text})
        else:
            for line in text:
                out.line(line)
        return DONE

    return run(args, work, events=False, looking=False)


def _on_off(value: bool | None) -> str:
    return {True: "on", False: "off", None: "unknown"}[value]
