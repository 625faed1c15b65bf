"""An explanation in lines of text: the way as far as all paths share it, then each one that branches off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pltui.explain import Explained, Explanation
from pltui.reach.codes import Code
from pltui.reach.hops import Hop, Kind, Path, Verdict
from pltui.text import clean, pad, width
from pltui.words import tr

_LABELS: Mapping[Kind, str] = {
    "resolver": "name",
    "record": "record",
    "name": "name",
    "machine": "client",
    "security-group": "security group",
    "acl": "network ACL",
    "route": "route",
    "gateway": "gateway",
    "peering": "peering",
    "endpoint": "endpoint",
    "connection": "connection",
    "resource": "resource",
    "node": "node",
    "listener": "listener",
    "cross-zone": "cross-zone",
    "target": "target",
    "server": "server",
    "service": "service",
    "fault": "fault",
}
LABEL, TOTAL = 15, 20  # cells of what stands before, at least
_BLOCKED, _NOTED, _OPEN = "✗", "!", " "
# Said only where they stop the packet: otherwise there is nothing to learn from them.
_QUIET = frozenset({"acl", "route"})
# Said with their address and zone.
_PLACED = frozenset({"machine", "endpoint", "node", "server"})
_INDENT = "  "
_LONGEST = 4000  # characters of a line

Branch = tuple[Sequence[Hop], Path]


def lines(explained: Explained) -> Iterator[str]:
    """Safe for a terminal: the names in it are their owners'."""
    writer = _Writer(explained)
    for each in explained.consumers:
        yield from (clean(line, _LONGEST) for line in writer.consumer(each))
    for fault in explained.faults:
        told = fault.get("text") or f"{fault['kind']} {fault['subject']}"
        yield clean(tr("broken on purpose: {fault} ({id})", fault=told, id=fault["id"]))
    for topic, why in explained.unread.items():
        what = topic.replace("_", " ")
        yield clean(tr("could not read {what}, and takes them to restrict nothing: {why}", what=what, why=why))


class _Writer:
    def __init__(self, explained: Explained) -> None:
        self._names, self._zones, self._conditions = explained.names, explained.zones, explained.conditions
        self._label = max(LABEL, *(width(tr(label)) for label in _LABELS.values()))
        known = sorted(self._names, key=len, reverse=True)
        # Not where they are part of a longer word, such as a domain name.
        self._known = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, known)) or '(?!)'})(?![\w-]|\.\w)")

    def consumer(self, each: Explanation) -> Iterator[str]:
        who, name = each.consumer, each.destination
        yield tr("{consumer} asks {name}, port {port}", consumer=who, name=name, port=each.port)
        if each.trace is None:
            yield _INDENT + tr("nobody answers: {missing} does not exist", missing=_listed(each.missing))
            return
        if each.missing:
            yield _INDENT + tr("missing: {missing}", missing=_listed(each.missing))
        yield from (_INDENT + line for line in self._branches([(path.hops, path) for path in each.trace.paths]))
        yield from (_INDENT + line for line in self._verdict(each))

    def _branches(self, branches: Sequence[Branch]) -> Iterator[str]:
        """What they share, once; then each group of those that go on alike, further in."""
        while all(hops for hops, _ in branches) and len({hops[0] for hops, _ in branches}) == 1:
            hops, path = branches[0]
            if hops[0].kind == "target" and len(branches) == 1:
                yield from self._target(hops, path)
                return
            yield from self._hop(hops[0])
            branches = [(hops[1:], path) for hops, path in branches]
        groups: dict[Hop | None, list[Branch]] = {}
        for hops, path in sorted(branches, key=self._place):
            groups.setdefault(hops[0] if hops else None, []).append((hops, path))
        for first, group in groups.items():
            if first is not None:
                yield from (_INDENT + line for line in self._branches(group))

    def _place(self, branch: Branch) -> tuple[bool, str, str]:
        """Who gets something before who does not, and then by name."""
        path = branch[1]
        return not path.chance, self._names.get(path.server, path.server), path.entry

    def _hop(self, hop: Hop) -> Iterator[str]:
        if hop.verdict is Verdict.OPEN and not hop.code and hop.kind in _QUIET:
            return
        mark, parts = _OPEN, [self._spoken(tr(_said(hop)))]
        if hop.kind in _PLACED:
            parts = [self._placed(hop), *parts]
        if hop.code:
            mark = _NOTED if hop.verdict is Verdict.OPEN else _BLOCKED
            parts = [f"{hop.code}: {parts[-1]}", *parts[:-1]]
        elif hop.id not in _said(hop):
            parts = [self._spoken(hop.id), *parts]
        label = pad(tr(_LABELS[hop.kind]), self._label)
        yield f"{mark} {label} {' · '.join(part for part in parts if part)}".rstrip()

    def _placed(self, hop: Hop) -> str:
        zone = self._zone(hop.zone_id)
        both = bool(hop.address and zone)
        return tr("{address} in {zone}", address=hop.address, zone=zone) if both else hop.address or zone

    def _target(self, hops: Sequence[Hop], path: Path) -> Iterator[str]:
        """A target in one line: who, where, and its share or what keeps it out."""
        target, stop = hops[0], path.blocked
        who = f"{self._spoken(path.server or target.id)}  {target.zone_id or '-'}"
        if stop is None:
            state = tr(target.why.removeprefix("it is "))
            share = tr("{share} of the answers", share=_percent(path.weight))
            yield f"{_OPEN} {who}  {state}  {share}"
            return
        why = self._spoken(tr(stop.why)) + self._condition(stop)
        if stop.code is Code.ELB_NOT_CROSSZONE:  # for which the switch is the reason, wherever the target is
            why = next(tr(hop.rule) for hop in path.hops if hop.kind == "cross-zone")
        fails = tr(", ") + tr("{share} of the requests", share=_percent(path.chance)) if path.chance else ""
        yield f"{_BLOCKED} {who}  {stop.code}: {why}{fails}"

    def _verdict(self, each: Explanation) -> Iterator[str]:
        found = each.trace
        assert found is not None
        shares = _shares(each.predicted) or tr("nobody ({code})", code=found.code)
        yield self._row(tr("predicted to answer:"), shares)
        if found.open:
            fails: dict[str, float] = {}
            for path in found.blocked:
                why = f"{path.code}: {self._spoken(tr(path.why))}"
                fails[why] = fails.get(why, 0) + path.chance
            for why, chance in fails.items():
                yield self._row(tr("predicted to fail:"), f"{_percent(chance)}{tr(', ')}{why}")
        yield from self._observed(each)

    def _observed(self, each: Explanation) -> Iterator[str]:
        seen = each.observed
        if seen is not None:
            answered = tr("{answered} of {sent} answered", answered=seen.sent - seen.failed, sent=seen.sent)
            yield self._row(tr("observed to answer:"), f"{_shares(seen.shares) or tr('nobody')}{tr(', ')}{answered}")
            for why, number in seen.failures.items():
                failed = tr("{failed} of {sent}", failed=number, sent=seen.sent)
                yield self._row(tr("observed to fail:"), f"{failed}{tr(', ')}{tr(why)}")
            if set(seen.shares) - set(each.predicted):
                yield tr("what was changed a moment ago takes a while to reach the traffic: ask again")
        elif each.unasked:
            yield tr("not asked for real: {why}", why=each.unasked)

    @staticmethod
    def _row(label: str, text: str) -> str:
        return f"{pad(label, TOTAL)} {text}"

    def _condition(self, stop: Hop) -> str:
        """Why a target is sick, as far as AWS tells."""
        told = self._conditions.get(stop.id) if stop.code is Code.PL_TARGET_UNHEALTHY else None
        return f" ({told})" if told else ""

    def _spoken(self, text: str) -> str:
        """With names beside ids, and instead of ARNs."""
        return self._known.sub(self._name, text)

    def _name(self, found: re.Match[str]) -> str:
        known = found[0]
        name = self._names[known]
        return name if known.startswith("arn:") or name == known else f"{name} ({known})"

    def _zone(self, zone_id: str) -> str:
        name = self._zones.get(zone_id)
        return f"{name} ({zone_id})" if name else zone_id


def _listed(addresses: Sequence[str]) -> str:
    return ", ".join(addresses)


def _shares(shares: Mapping[str, float]) -> str:
    """Subnets of the lab's servers are numbered; others have ids."""
    named = ((tr("Subnet {n}", n=key) if key.isdecimal() else key, share) for key, share in shares.items())
    return ", ".join(f"{name} ({_percent(share)})" for name, share in named)


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _said(hop: Hop) -> str:
    """What there is to say beside who and where: nothing, where the reason an open hop gives is its place."""
    if hop.verdict is Verdict.OPEN and not hop.code:
        if hop.kind in _PLACED:
            return ""
        if hop.kind == "record":
            return hop.rule
    return hop.why or hop.rule
