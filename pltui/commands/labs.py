"""plan, reconcile, status, cross-zone, destroy, explain."""

from __future__ import annotations

import argparse
import asyncio

from pltui.commands.common import DONE, FAILED, INTERRUPTED, PENDING, conclude, read_lab, run
from pltui.engine.describe import describe
from pltui.engine.types import Op
from pltui.errors import LabError, Refused
from pltui.lab import Lab
from pltui.output import Output, seen_document
from pltui.topology import LOAD_BALANCER

# Seconds between two looks of --watch: soon after a change, seldom where nothing happens.
SHORTEST_WATCH, LONGEST_WATCH = 5.0, 60.0


def plan(args: argparse.Namespace) -> int:
    async def work(lab: Lab, out: Output) -> int:
        found = await lab.plan()
        out.plan(lab.spec.name, found)
        return PENDING if found.changes else DONE

    return run(args, work, events=False)


def reconcile(args: argparse.Namespace) -> int:
    async def work(lab: Lab, out: Output) -> int:
        if not args.watch:
            return conclude(out, await lab.reconcile(), "reconcile", lab.spec.name)
        return await _watch(lab, out)

    return run(args, work)


async def _watch(lab: Lab, out: Output) -> int:
    """Keep it converged until told to stop: what fails, be it a pass or a look, is tried again, seldom."""
    pause = SHORTEST_WATCH
    while True:
        wrote = False
        try:
            outcome = await lab.reconcile()
        except LabError as error:
            if error.code != FAILED:
                raise
            out.error(error)
        else:
            if conclude(out, outcome, "reconcile", lab.spec.name) == INTERRUPTED:
                return INTERRUPTED
            wrote = bool(outcome.writes)
        pause = SHORTEST_WATCH if wrote else min(pause * 2, LONGEST_WATCH)
        if await lab.stopped_within(pause):
            return INTERRUPTED


def status(args: argparse.Namespace) -> int:
    async def work(lab: Lab, out: Output) -> int:
        found = await lab.plan()
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
                    "converged": not found.steps,
                    "resources": [seen_document(item) for item in lab.seen] + absent,
                    "pending": [{"address": step.address, **describe(step)} for step in found.steps],
                }
            )
            return DONE
        out.line(f"{lab.spec.name}  {lab.target}  {lab.region}  {lab.endpoint or ''}".rstrip())
        out.line(f"cross-zone  wanted {_on_off(wanted)} · observed {_on_off(observed)}")
        out.tree(lab.wants, lab.seen)
        waiting = sum(step.op is Op.WAIT for step in found.steps)
        there = {item.address for item in lab.seen} & {want.address for want in lab.wants}
        out.line(f"{len(there)} of {len(lab.wants)} there, {len(found.changes)} to change, {waiting} not working yet")
        return DONE

    return run(args, work, events=False)


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
        text = await lab.explain()
        if out.as_json:
            out.document({"lab": lab.spec.name, "explanation": text.splitlines()})
        else:
            for line in text.splitlines():
                out.line(line)
        return DONE

    return run(args, work, events=False)


def _on_off(value: bool | None) -> str:
    return {True: "on", False: "off", None: "unknown"}[value]
