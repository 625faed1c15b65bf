"""Subjects of faults: lookup in the network's model by name or id, and description in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pltui import aws_errors
from pltui.i18n import Phrase
from pltui.reachability.world import Fault, NetworkModel

_KINDS: Mapping[str, tuple[str, ...]] = {
    "server": ("machine",),
    "zone": ("zone",),
    "subnet": ("subnet",),
    "latency": ("machine", "subnet", "endpoint", "zone"),
    "loss": ("machine", "subnet", "endpoint", "zone"),
}
_OPERATION = re.compile(r"[a-z][a-z0-9-]{1,40}:[A-Z][A-Za-z0-9]{1,80}", re.ASCII)
_SERVICE = re.compile(r"([a-z][a-z0-9-]{1,40})(:[A-Z][A-Za-z0-9]{1,80})?", re.ASCII)
MOST_NAMED = 12  # candidates in an error message


class SubjectError(Exception):
    """No object matches, or several do; the message names the candidates."""


def resolve(world: NetworkModel, kind: str, subject: str) -> str:
    """The id that `subject` names for a fault of this kind (`pltui.reachability.world.Fault`).

    Raises:
        SubjectError: If no object matches, or several do.
    """
    if kind in ("throttle", "lag"):
        return _service(kind, subject)
    if kind == "error":
        return _operation(subject)
    if not subject and kind in ("latency", "loss"):
        return ""
    wanted = _KINDS[kind]
    known = [(name, id_) for word in wanted for name, id_ in _named_objects(world, word)]
    found = sorted({id_ for name, id_ in known if subject and subject in (name, id_)})
    if len(found) == 1:
        return found[0]
    if found:
        raise SubjectError(f"{subject} names several: choose one by its id: {', '.join(found)}")
    what = wanted[0] if len(wanted) == 1 else "thing"
    raise SubjectError(f"there is no {what} {subject!r}; {_candidates(known)}")


def describe(world: NetworkModel, fault: Fault) -> Phrase:
    """The fault in a sentence, with names where the objects have them."""
    name = _label(world, fault.subject) if fault.subject else ""
    match fault.kind:
        case "server":
            return Phrase("the server of {name} is down", name=name)
        case "zone":
            return Phrase("zone {name} is down", name=name)
        case "subnet":
            return Phrase("subnet {name} drops all packets", name=name)
        case "latency":
            return _somewhere(Phrase("{amount:g} ms added to each round trip", amount=fault.amount), name)
        case "loss":
            return _somewhere(Phrase("{share:g} % of all packets are lost", share=fault.amount * 100), name)
        case "throttle":
            calls = Phrase("calls of {service}", service=fault.subject) if fault.subject else Phrase("all calls")
            if fault.amount:
                return Phrase("{calls} are throttled to {rate:g}/s", calls=calls, rate=fault.amount)
            return Phrase("{calls} are throttled as on AWS", calls=calls)
        case "lag":
            return Phrase("new resources are not visible for {amount:g} s", amount=fault.amount)
        case "error":
            return _describe_error(fault)


def _somewhere(what: Phrase, name: str) -> Phrase:
    return Phrase("{what} at {name}", what=what, name=name) if name else what


def _describe_error(fault: Fault) -> Phrase:
    told = {"operation": fault.subject, "error": fault.error}
    if (entry := aws_errors.find_injectable(fault.error)) and entry.state:
        if not fault.amount:
            return Phrase("resources of {operation} fail with {error}", **told)
        if fault.amount == 1:
            return Phrase("the next resource of {operation} fails with {error}", **told)
        return Phrase("the next {n:g} resources of {operation} fail with {error}", n=fault.amount, **told)
    if not fault.amount:
        return Phrase("calls of {operation} fail with {error}", **told)
    if fault.amount == 1:
        return Phrase("the next call of {operation} fails with {error}", **told)
    return Phrase("the next {n:g} calls of {operation} fail with {error}", n=fault.amount, **told)


def _operation(subject: str) -> str:
    if not _OPERATION.fullmatch(subject):
        raise SubjectError(f"{subject!r} is no operation: write ec2:RunInstances")
    return subject


def _service(kind: str, subject: str) -> str:
    if subject and not _SERVICE.fullmatch(subject):
        raise SubjectError(f"{subject!r} is no service: write ec2, or ec2:CreateVpcEndpoint")
    if kind == "lag" and subject not in ("", "ec2"):
        raise SubjectError(f"only ec2 can lag behind, not {subject}")
    return subject


def _named_objects(world: NetworkModel, what: str) -> Iterable[tuple[str, str]]:
    """(name or "", id) of every object of a kind."""
    match what:
        case "machine":
            return [(each.name, each.id) for each in world.instances.values() if each.state != "terminated"]
        case "subnet":
            return [(each.name, each.id) for each in world.subnets.values()]
        case "endpoint":
            return [("", each) for each in world.endpoints]
    return sorted({(each.zone_name, each.zone_id) for each in world.subnets.values()})


def _candidates(known: list[tuple[str, str]]) -> str:
    if not known:
        return "the sandbox is empty"
    words = [f"{name} ({id_})" if name else id_ for name, id_ in sorted(known, key=lambda each: not each[0])]
    more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return f"there are {', '.join(words[:MOST_NAMED])}{more}"


def _label(world: NetworkModel, subject: str) -> str:
    for what in ("machine", "subnet", "zone"):
        for name, id_ in _named_objects(world, what):
            if id_ == subject and name:
                return f"{name} ({id_})"
    return subject
