"""Resources that remain after a command, their hourly cost, and the command that removes them."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pltui.engine.model import Desired, Observed
from pltui.errors import LabError
from pltui.i18n import tr
from pltui.topology.creation_order import BILLED_KINDS

if TYPE_CHECKING:
    from pltui.lab.session import Lab

MOST_NAMED = 12  # billed resources listed by name: enough for all of the default lab's


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """Resources that remain, and their cost.

    `count`: resources of the lab as last observed. `usd_per_hour`: None if unknown; 0 on the sandbox. `billed`:
    addresses of resources with an hourly cost. `at_least`: USD per hour of those with a known price. `unreadable`:
    types whose resources could not be read. `perhaps`: addresses of billed resources that may have been created.
    `looked`: True if the lab was observed; if not, nothing else is known.
    """

    count: int
    usd_per_hour: float | None = 0.0
    at_least: float = 0.0
    billed: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    on_aws: bool = False
    region: str = ""
    looked: bool = True

    def document(self) -> dict[str, int | float | None]:
        """Return the JSON keys of a result; empty if the lab was not observed."""
        return {"remaining": self.count, "usd_per_hour": self.usd_per_hour} if self.looked else {}

    def sentence(self, command: str) -> str:
        """Return a sentence for people; empty if nothing can be billed."""
        if not self.on_aws:
            return ""
        if not self.looked:
            return tr(
                "what remains in {region} is unknown; `{command}` removes it", region=self.region, command=command
            )
        parts = [self._count_sentence(command)]
        if self.unreadable:
            kinds = tr(", ").join(tr(kind.replace("_", " ")) for kind in self.unreadable)
            parts.append(tr("and perhaps more of these types, which may not be read: {kinds}", kinds=kinds))
        if self.perhaps:
            named = _format_addresses(self.perhaps)
            parts.append(tr("and perhaps {named}, as the answer to the create was lost", named=named))
        return "; ".join(parts)

    def _count_sentence(self, command: str) -> str:
        parts = {"n": self.count, "command": command}
        if not self.count and (self.unreadable or self.perhaps):
            return tr("nothing was found in {region}", region=self.region)
        if not self.count:
            return tr("nothing of the lab remains in {region}, and nothing is billed there", region=self.region)
        if not self.billed and self.usd_per_hour is None:
            return tr("what remains costs at least 0.00 USD/h; `{command}` removes it ({n} resources)", **parts)
        if not self.billed:
            return tr("what remains ({n} resources) costs nothing by the hour; `{command}` removes it", **parts)
        parts["billed"], parts["cost"] = _format_addresses(self.billed), f"{self.at_least:.2f} USD/h"
        if self.usd_per_hour is None:
            parts["cost"] = tr("at least {cost}", **parts) if self.at_least else tr("an unknown price")
        return tr("what remains costs {cost}; `{command}` removes it ({n} resources, billed: {billed})", **parts)


def _format_addresses(addresses: Sequence[str]) -> str:
    named, more = ", ".join(addresses[:MOST_NAMED]), len(addresses) - MOST_NAMED
    return tr("{named} and {n} more", named=named, n=more) if more > 0 else named


async def remaining(lab: Lab) -> Remaining:
    """Return what remains by the last observation and the changes since.

    Fetches prices at most, and works without them if they are unavailable.
    """
    from pltui.cost import prices

    def is_billed(thing: Desired | Observed) -> bool:
        return bool(prices.billed_items([thing]).keys() - prices.monthly_prices().keys())

    if lab.target != "aws":
        return Remaining(count=len(lab.observed), looked=lab.looked)
    if not lab.looked:
        return Remaining(count=0, usd_per_hour=None, on_aws=True, region=lab.region, looked=False)
    here = {item.address for item in lab.observed}
    perhaps = tuple(
        sorted(desired.address for desired in lab.unsure if is_billed(desired) and desired.address not in here)
    )
    unreadable = tuple(one.kind for one in lab.unreadable)
    try:
        cost = (await lab.bill()).now
        hourly, known = cost.hourly, not cost.unknown
    except LabError:
        hourly, known = 0.0, False
    known = known and not perhaps and BILLED_KINDS.isdisjoint(unreadable)
    return Remaining(
        count=len(lab.observed),
        usd_per_hour=round(hourly, 4) if known else None,
        at_least=hourly,
        billed=tuple(sorted(item.address for item in lab.observed if is_billed(item))),
        unreadable=unreadable,
        perhaps=perhaps,
        on_aws=True,
        region=lab.region,
    )


def place_arguments(args: argparse.Namespace) -> list[str]:
    """Return the arguments that name the same lab in the same place: the spec and the options it was opened with."""
    words = [args.spec, *(word for each in args.set for word in ("--set", each))]
    if args.target != "sandbox":
        words += ["--target", args.target]
    for name in ("endpoint_url", "profile", "region"):
        if value := getattr(args, name):
            words += [f"--{name.replace('_', '-')}", value]
    return words


def removal_command(args: argparse.Namespace) -> str:
    """Return the command that removes the lab."""
    return shlex.join(["pltui", "destroy", *place_arguments(args), "--yes"])
