"""Resources that remain after a command, their cost by the hour, and the command that removes them."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass

from pltui.errors import LabError
from pltui.lab import Lab
from pltui.words import tr

MOST_NAMED = 12  # of the billed resources: all of the default lab's


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """`count`: resources of the lab as last seen. `usd_per_hour`: None where a price is not known; 0 on the sandbox.

    `billed`: addresses of those that cost something by the hour. `at_least`: USD an hour of those with a known price.
    """

    count: int
    usd_per_hour: float | None = 0.0
    at_least: float = 0.0
    billed: tuple[str, ...] = ()
    on_aws: bool = False
    region: str = ""

    def document(self) -> dict[str, int | float | None]:
        return {"remaining": self.count, "usd_per_hour": self.usd_per_hour}

    def sentence(self, command: str) -> str:
        """For people; empty where nothing can be billed."""
        if not self.on_aws:
            return ""
        if not self.count:
            return tr("nothing of the lab remains in {region}, and nothing is billed there", region=self.region)
        parts = {"n": self.count, "command": command}
        if not self.billed:
            return tr("what remains ({n} resources) costs nothing by the hour; `{command}` removes it", **parts)
        named, more = ", ".join(self.billed[:MOST_NAMED]), len(self.billed) - MOST_NAMED
        parts["billed"] = tr("{named} and {n} more", named=named, n=more) if more > 0 else named
        parts["cost"] = f"{self.at_least:.2f}{'' if self.usd_per_hour is not None else '+'} USD/h"
        if self.usd_per_hour is None and not self.at_least:
            parts["cost"] = tr("an unknown price")
        return tr("what remains costs {cost}; `{command}` removes it ({n} resources, billed: {billed})", **parts)


async def remaining(lab: Lab) -> Remaining:
    """By the last look, and what was done since. Asks for prices at most, and does without them where it must."""
    from pltui import prices

    if lab.target != "aws":
        return Remaining(count=len(lab.seen))
    billed = tuple(sorted(item.address for item in lab.seen if {*prices.items([item])} - {prices.HOSTED_ZONE}))
    try:
        cost = (await lab.bill()).now
        hourly, known = cost.hourly, not cost.unknown
    except LabError:
        hourly, known = 0.0, False
    return Remaining(
        count=len(lab.seen),
        usd_per_hour=round(hourly, 4) if known else None,
        at_least=hourly,
        billed=billed,
        on_aws=True,
        region=lab.region,
    )


def place(args: argparse.Namespace) -> list[str]:
    """The words that name the same lab in the same place: the spec, and the options it was opened with."""
    words = [args.spec, *(word for each in args.set for word in ("--set", each))]
    if args.target != "sandbox":
        words += ["--target", args.target]
    for name in ("endpoint_url", "profile", "region"):
        if value := getattr(args, name):
            words += [f"--{name.replace('_', '-')}", value]
    return words


def removal(args: argparse.Namespace) -> str:
    """The command that removes the lab."""
    return shlex.join(["pltui", "destroy", *place(args), "--yes"])
