"""Confirmation before an AWS account is changed: asked on a terminal, skipped by `--yes` and by a reviewed plan."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from pltui.cli.output import Output
from pltui.cost import money
from pltui.engine.serialize import plan_counts
from pltui.errors import Refused
from pltui.i18n import tr
from pltui.lab.approval import ApprovedPlan

if TYPE_CHECKING:
    from pltui.lab.runner import Review
    from pltui.lab.session import Lab

YES = frozenset({"y", "yes"})


async def ask_confirmation(
    lab: Lab, out: Output, args: argparse.Namespace, *, switches: int = 0, watching: bool = False
) -> Review | None:
    """Ask for confirmation; return the review that restricts the run to the plan shown, or None if not asked.

    `switches`: number of times the command sets cross-zone load balancing, beyond its plan. `watching`: the command
    also changes whatever differs later.

    Raises:
        Refused: If the answer is not yes.
    """
    if not lab.settings.on_aws or args.yes or not _is_interactive():
        return None
    plan = await lab.plan()
    if not (plan.changes or switches or watching):
        return None
    account = await lab.account()
    out.ask(tr("account {account}, region {region}: {changes}", account=account, region=lab.region,
               changes=plan_counts(plan)))  # fmt: skip
    for note in plan.notes:
        out.ask(note)
    if switches:
        out.ask(tr("cross-zone load balancing is set {n} times, and restored", n=switches))
    if watching:
        out.ask(tr("after that, changes made outside pltui are undone without asking"))
    out.ask(money.format_change(await lab.bill()))
    out.ask(tr("change this account? [y/N] "), end="")
    answer = await lab.read(_read_line())
    if answer.strip().casefold() not in YES:
        raise Refused(tr("nothing was changed"), tr("answer y, or use --yes to go on without asking"))
    return ApprovedPlan(plan)


def _is_interactive() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


async def _read_line() -> str:
    """Return a line from the terminal, read without a thread: a waiting thread would keep the process alive."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        if not line.done():
            line.set_result(sys.stdin.readline())

    loop.add_reader(sys.stdin.fileno(), read)
    try:
        return await line
    finally:
        loop.remove_reader(sys.stdin.fileno())
