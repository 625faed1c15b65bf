"""status: the tree of resources, once or continuously, as a table or as sentences for a screen reader."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pltui.cli import options
from pltui.cli.commands.cross_zone import SWITCH, switch_line
from pltui.cli.exit_codes import DONE, FAILED, INTERRUPTED, REFUSED
from pltui.cli.lab_command import run_on_lab
from pltui.cli.output import Output, seen_document
from pltui.cli.remaining import remaining, removal_command
from pltui.engine.model import Op
from pltui.engine.plan import Plan
from pltui.engine.serialize import step_document
from pltui.errors import LabError, Refused
from pltui.i18n import Phrase, tr
from pltui.lab.faults import user_data_problems
from pltui.text import pad
from pltui.topology import LOAD_BALANCER, Address

if TYPE_CHECKING:
    from pltui.lab.session import Lab

# Seconds between two observations: short enough to see a lasting state, long enough to spare API quotas.
PAUSE, PAUSE_ON_AWS = 2.0, 10.0
ADDRESS = 48  # width of the column in cells
ABSENT, UNKNOWN = Phrase("absent"), Phrase("unknown")


@dataclass(frozen=True)
class Sight:
    """The lab as one observation found it.

    `states`: address -> the state of each resource there, in the order of the tree.
    """

    states: Mapping[str, Sequence[str]]
    ids: Mapping[str, Sequence[str]]
    wanted: bool
    observed: bool | None
    faults: Sequence[str]

    def changes(self, before: Sight) -> Iterator[tuple[str, str, str]]:
        """Yield address, new state and previous state of each resource that changed."""
        for address in dict.fromkeys((*self.states, *before.states)):
            now, then = (_gone_last(each.states.get(address, ())) for each in (self, before))
            if Counter(now) != Counter(then) or self.ids.get(address) != before.ids.get(address):
                yield address, _join_states(now), _join_states(then)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui status SPEC [options]"
    parser.epilog = options.example("pltui status specs/privatelink.yaml --watch")
    options.add_spec(parser)
    options.add_record(parser)
    parser.add_argument("--watch", action="store_true", help=tr("follow changes until Ctrl-C"))
    parser.add_argument("--plain", action="store_true", help=tr("write sentences, for screen readers"))


def run(args: argparse.Namespace) -> int:
    """Print every resource with its state; with `--watch`, continue with the changes."""

    async def work(lab: Lab, out: Output) -> int:
        found = await lab.look()
        if out.as_json and not args.watch:
            out.write_document({**_status_document(lab, found), **(await remaining(lab)).document()})
        elif not out.as_json:
            sight = await _take_sight(lab)
            for line in _status_sentences(lab, sight, found) if args.plain else _table_lines(lab, sight, found):
                out.write_line(line)
            left = await remaining(lab)
            if left.count and (sentence := left.sentence(removal_command(args))):
                out.write_line(sentence)
        if not out.as_json:
            out.write_unreadable(lab.unreadable)
        if args.watch:
            return await _follow_changes(lab, out, plain=args.plain)
        return REFUSED if lab.unreadable or isinstance(lab.placement_error, Refused) else DONE

    return run_on_lab(args, work, events=args.watch and args.json)


async def _follow_changes(lab: Lab, out: Output, *, plain: bool) -> int:
    """Print each change once, a line each, until interrupted; report a failed observation and retry.

    With JSON the events of the feed are printed instead.
    """
    before = await _take_sight(lab)
    while not await lab.stopped_within(PAUSE_ON_AWS if lab.target == "aws" else PAUSE):
        try:
            await lab.look()
        except LabError as error:
            if error.code != FAILED:
                raise
            out.write_error(error)
            continue
        now = await _take_sight(lab)
        if not out.as_json:
            for line in _change_lines(now, before, plain=plain):
                out.write_line(line)
        before = now
    if out.as_json:
        out.json_line({"type": "summary", "verb": "status", "lab": lab.spec.name})
    return INTERRUPTED


async def _take_sight(lab: Lab) -> Sight:
    """Return the last observation and the active faults."""
    denied = {one.kind for one in lab.unreadable}
    states: dict[str, list[str]] = {
        desired.address: [UNKNOWN] if desired.kind in denied else [] for desired in lab.all_desired
    }
    ids: dict[str, list[str]] = {address: [""] for address, known in states.items() if known}
    for item in sorted(lab.observed, key=lambda item: (item.address, item.id)):
        states.setdefault(item.address, []).append(item.status or str(item.state))
        ids.setdefault(item.address, []).append(item.id)
    balancer = next((item for item in lab.observed if item.address == LOAD_BALANCER), None)
    observed = balancer.spec.get("cross_zone") if balancer else None
    faults = (*await lab.faults(), *await user_data_problems(lab))
    return Sight(states, ids, lab.spec.provider.load_balancer.cross_zone, observed, faults)


# -- once -------------------------------------------------------------------------------------------------------------


def _status_document(lab: Lab, found: Plan | None) -> dict[str, object]:
    here = {item.address for item in lab.observed}
    balancer = next((item for item in lab.observed if item.address == LOAD_BALANCER), None)
    states = {one.kind: "unknown" for one in lab.unreadable}
    absent = [
        {
            "address": w.address,
            "kind": w.kind,
            "name": w.name,
            "id": None,
            "state": states.get(w.kind, "absent"),
            "status": "",
        }
        for w in lab.all_desired
        if w.address not in here
    ]
    return {
        "lab": lab.spec.name,
        "target": lab.target,
        "endpoint_url": lab.endpoint,
        "region": lab.region,
        "load_balancer": lab.spec.provider.load_balancer.name,
        "cross_zone": {
            "wanted": lab.spec.provider.load_balancer.cross_zone,
            "observed": balancer.spec.get("cross_zone") if balancer else None,
        },
        "converged": found is not None and not found.steps and not lab.unreadable,
        "unreadable": [one.document() for one in lab.unreadable],
        "resources": [seen_document(item) for item in lab.observed] + absent,
        "pending": [step_document(step) for step in (found.steps if found else ())],
    }


def _table_lines(lab: Lab, sight: Sight, found: Plan | None) -> Iterator[str]:
    """Yield a line for every desired resource and for every other resource found."""
    yield f"{lab.spec.name}  {lab.target}  {lab.region}  {lab.endpoint or ''}".rstrip()
    yield switch_line(sight.wanted, sight.observed)
    side = ""
    for address in _in_order(sight.states):
        parsed = Address.parse(address)
        if parsed.side != side:
            side = parsed.side
            yield side
        rows = zip(sight.states[address], sight.ids.get(address, ()), strict=True)
        for row in [f"{_translate_state(state)}  {id_}".rstrip() for state, id_ in rows] or [tr(ABSENT)]:
            yield f"  {pad(parsed.path, ADDRESS)} {row}"
    yield from _left_alone(lab)
    yield f"{_count_existing(lab)}{tr(', ')}{_to_do(found)}"


def _left_alone(lab: Lab) -> Iterator[str]:
    """Yield a sentence for each object that an AWS service attached to the lab's resources."""
    for item in lab.observed:
        for id_, service in item.attached.items():
            yield tr("{service} attached {id} to {address}: left alone", service=service, id=id_, address=item.address)


def _status_sentences(lab: Lab, sight: Sight, found: Plan | None) -> Iterator[str]:
    yield tr("Lab {name}, target {target}, region {region}", name=lab.spec.name, target=lab.target, region=lab.region)
    yield _switch_sentence(sight)
    yield from (tr("Active fault: {fault}", fault=fault) for fault in sight.faults)
    for address in _in_order(sight.states):
        yield f"{Address.parse(address).words}: {_translate_state(_join_states(_gone_last(sight.states[address])))}"
    yield from _left_alone(lab)
    yield f"{_count_existing(lab)}{tr(', ')}{_to_do(found)}"


def _switch_sentence(sight: Sight) -> str:
    shown = {"wanted": SWITCH[sight.wanted], "observed": SWITCH[sight.observed]}
    return tr("Cross-zone load balancing: spec {wanted}, live {observed}", **shown)


def _count_existing(lab: Lab) -> str:
    there = {item.address for item in lab.observed} & {desired.address for desired in lab.all_desired}
    return tr("{there} of {wanted} exist", there=len(there), wanted=len(lab.all_desired))


def _to_do(plan: Plan | None) -> str:
    if plan is None:
        return tr("and a resource outside the lab is in the way: `pltui plan` shows it")
    waiting = sum(step.op is Op.WAIT for step in plan.steps)
    return tr("{changes} to change, {waiting} not ready yet", changes=len(plan.changes), waiting=waiting)


# -- changes ----------------------------------------------------------------------------------------------------------


def _change_lines(now: Sight, before: Sight, *, plain: bool) -> Iterator[str]:
    for address, state, was in now.changes(before):
        values = {"state": _translate_state(state), "was": _translate_state(was)}
        if plain:
            yield f"{Address.parse(address).words}: {tr('{state}, was {was}', **values)}"
        else:
            yield f"{pad(address, ADDRESS)} {tr('{state} (was {was})', **values)}"
    if now.observed is not before.observed:
        yield _switch_sentence(now)
    yield from (tr("Active fault: {fault}", fault=each) for each in now.faults if each not in before.faults)
    yield from (tr("Cleared: {fault}", fault=each) for each in before.faults if each not in now.faults)


def _in_order(addresses: Mapping[str, object]) -> list[str]:
    """Sort addresses by side, otherwise in the given order: those of the spec first, then the others."""
    sides = {address: Address.parse(address).side for address in addresses}
    order = list(dict.fromkeys(sides.values()))
    return sorted(addresses, key=lambda address: order.index(sides[address]))


def _translate_state(text: str) -> str:
    """Translate a state: the first word of `unhealthy (Target.FailedHealthChecks)`."""
    word, blank, rest = text.partition(" (")
    return tr(word) + blank + rest


def _gone_last(states: Sequence[str]) -> Sequence[str]:
    """Drop ended resources if a live replacement exists."""
    alive = [state for state in states if state not in ("terminated", "deleted")]
    return alive or states


def _join_states(states: Sequence[str]) -> str:
    return ", ".join(states) or ABSENT
