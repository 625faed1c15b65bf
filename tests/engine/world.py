"""A small world to plan in, with a type for each thing a planner must know how to treat."""

from collections.abc import Iterable
from typing import Any

from pltui.engine.model import Desired, Field, Observed, Op, State, Step, Traits
from pltui.engine.plan import Plan, make_plan

TRAITS = {
    "net": Traits({"name": Field.MUTABLE, "cidr": Field.FIXED}),
    "sub": Traits({"net": Field.FIXED, "cidr": Field.FIXED}),
    "gate": Traits({"subs": Field.GROWS, "mode": Field.MUTABLE}),
    "arm": Traits({"gate": Field.FIXED, "group": Field.MUTABLE}, parent_field="gate"),
    "group": Traits({"port": Field.FIXED}),
    "path": Traits({"net": Field.FIXED, "to": Field.REPOINTABLE}),
    "door": Traits({"subs": Field.MUTABLE, "of": Field.FIXED}, slow_delete=True),
}


def desired(address: str, after: tuple[str, ...] = (), **spec: Any) -> Desired:
    """Its kind is the first part of its address: `net/a`."""
    return Desired(address, address.partition("/")[0], spec, after=after)


def observed(
    address: str, id_: str = "", state: State = State.READY, needs: Iterable[str] = (), **spec: Any
) -> Observed:
    """Its id is its address with a dash: `net-a`; `net-a.dns` is its attribute `dns`."""
    kind, _, name = address.partition("/")
    id_ = id_ or f"{kind}-{name}"
    return Observed(address, kind, id_, spec, {"dns": f"{id_}.dns"}, state, needs=frozenset(needs))


def plan(all_desired: Iterable[Desired], things: Iterable[Observed] = ()) -> Plan:
    return make_plan(tuple(all_desired), tuple(things), TRAITS)


def told(made: Plan) -> list[str]:
    """`create net/a`, and for what there may be several of `delete net/a net-a2`."""
    return sorted(_told(step) for step in made.steps)


def _told(step: Step) -> str:
    return f"{step.op} {step.address}" + (f" {step.observed.id}" if step.observed and step.op is Op.DELETE else "")


def step(made: Plan, op: Op, address: str, id_: str = "") -> Step:
    [found] = [
        s
        for s in made.steps
        if (s.op, s.address) == (op, address) and (not id_ or (s.observed is not None and s.observed.id == id_))
    ]
    return found
