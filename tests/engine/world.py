"""A small world to plan in, with a type for each thing a planner must know how to treat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pltui.engine.plan import Plan, make_plan
from pltui.engine.types import Field, Op, Seen, State, Step, Traits, Want

TRAITS = {
    "net": Traits({"name": Field.MUTABLE, "cidr": Field.FIXED}),
    "sub": Traits({"net": Field.FIXED, "cidr": Field.FIXED}),
    "gate": Traits({"subs": Field.GROWS, "mode": Field.MUTABLE}),
    "arm": Traits({"gate": Field.FIXED, "group": Field.MUTABLE}, dies_with="gate"),
    "group": Traits({"port": Field.FIXED}),
    "path": Traits({"net": Field.FIXED, "to": Field.REPOINTABLE}),
    "door": Traits({"subs": Field.MUTABLE, "of": Field.FIXED}, lingers=True),
}


def want(address: str, after: tuple[str, ...] = (), **spec: Any) -> Want:
    """Its kind is the first part of its address: `net/a`."""
    return Want(address, address.partition("/")[0], spec, after=after)


def seen(address: str, id_: str = "", state: State = State.READY, needs: Iterable[str] = (), **spec: Any) -> Seen:
    """Its id is its address with a dash: `net-a`; `net-a.dns` is its attribute `dns`."""
    kind, _, name = address.partition("/")
    id_ = id_ or f"{kind}-{name}"
    return Seen(address, kind, id_, spec, {"dns": f"{id_}.dns"}, state, needs=frozenset(needs))


def plan(wants: Iterable[Want], things: Iterable[Seen] = ()) -> Plan:
    return make_plan(tuple(wants), tuple(things), TRAITS)


def told(made: Plan) -> list[str]:
    """`create net/a`, and for what there may be several of `delete net/a net-a2`."""
    return sorted(_told(step) for step in made.steps)


def _told(step: Step) -> str:
    return f"{step.op} {step.address}" + (f" {step.seen.id}" if step.seen and step.op is Op.DELETE else "")


def step(made: Plan, op: Op, address: str, id_: str = "") -> Step:
    [found] = [
        s
        for s in made.steps
        if (s.op, s.address) == (op, address) and (not id_ or (s.seen is not None and s.seen.id == id_))
    ]
    return found
