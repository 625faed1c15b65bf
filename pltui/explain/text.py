"""An explanation as lines of text: first the hops that all paths share, then each branch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from pltui.explain.explanation import Explained, Explanation
from pltui.i18n import tr
from pltui.reachability.codes import Code, Verdict
from pltui.reachability.hops import Hop, Kind, Path
from pltui.text import clean, pad, width
from pltui.topology import PROVIDER, Address

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
LABEL, TOTAL = 15, 18  # minimum width of the labels in cells
# Kinds shown only if they stop the packet, as they are uninformative otherwise.
_QUIET = frozenset({"acl", "route"})
# Kinds shown with their address and zone.
_PLACED = frozenset({"machine", "endpoint", "node", "server"})
# Kinds that occur once on a consumer's path, so the brief form omits their ids.
_PLAIN = frozenset({"record", "machine", "endpoint", "node", "listener", "cross-zone"})
_INDENT = "  "
_LONGEST = 4000  # maximum characters of a line

_OPEN = " "
Branch = tuple[Sequence[Hop], Path]


class Tone(Enum):
    """Meaning of a line."""

    QUESTION = "question"
    HOP = "hop"
    NOTED = "noted"  # a hop that lets the packet through, with a remark
    BLOCKED = "blocked"
    ANSWERS = "answers"  # a target that gets a share of the requests
    VERDICT = "verdict"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class ExplanationLine:
    """A line of text. `head` has columns of its own: text that does not fit continues below `text`."""

    tone: Tone
    head: str
    text: str = ""
    subnet: int = 0  # number of an answering target's subnet, if it is one of the lab's

    def __str__(self) -> str:
        return (self.head + self.text).rstrip()


_MARKS = {Tone.HOP: _OPEN, Tone.NOTED: "!", Tone.BLOCKED: "✗"}


def lines(explained: Explained) -> Iterator[str]:
    """Return the lines, safe for a terminal: names in them are arbitrary text."""
    return map(str, toned_lines(explained))


def toned_lines(explained: Explained, *, brief: bool = False) -> Iterator[ExplanationLine]:
    """Return the lines with their tones; `brief`: without ids, and without names that repeat the label."""
    for line in _Writer(explained, brief=brief).all_lines():
        yield replace(line, head=clean(line.head, _LONGEST), text=clean(line.text, _LONGEST))


def _indent_lines(lines: Iterable[ExplanationLine]) -> Iterator[ExplanationLine]:
    return (replace(line, head=_INDENT + line.head) for line in lines)


class _Writer:
    def __init__(self, explained: Explained, *, brief: bool) -> None:
        self._brief = brief
        self._kept_apart = False  # True if targets are left out because the switch is off
        self._explained = explained
        self._names, self._zones, self._conditions = explained.names, explained.zones, explained.conditions
        self._label = max(LABEL, *(width(tr(label)) for label in _LABELS.values()))
        known = sorted(self._names, key=len, reverse=True)
        # Names do not match inside a longer word, such as a domain name.
        self._known = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, known)) or '(?!)'})(?![\w-]|\.\w)")

    def all_lines(self) -> Iterator[ExplanationLine]:
        """Yield the lines of each consumer, then warnings about faults and unread parts."""
        for each in self._explained.consumers:
            yield from self._consumer_lines(each)
        for fault in self._explained.faults:
            what = fault.get("text") or f"{fault['kind']} {fault['subject']}"
            yield ExplanationLine(Tone.WARNING, "", tr("active fault: {fault} ({id})", fault=what, id=fault["id"]))
        for topic, why in self._explained.unread.items():
            what = topic.replace("_", " ")
            unread = tr("could not read {what}, assumed to restrict nothing: {why}", what=what, why=why)
            yield ExplanationLine(Tone.WARNING, "", unread)

    def _consumer_lines(self, each: Explanation) -> Iterator[ExplanationLine]:
        who, name = each.consumer, each.destination
        yield ExplanationLine(
            Tone.QUESTION, "", tr("{consumer} to {name}, port {port}", consumer=who, name=name, port=each.port)
        )
        yield from _indent_lines(self._path_lines(each))

    def _path_lines(self, each: Explanation) -> Iterator[ExplanationLine]:
        if each.trace is None:
            missing = tr("no answer: {missing} does not exist", missing=_join_addresses(each.missing))
            yield ExplanationLine(Tone.BLOCKED, "", missing)
            return
        if each.missing:
            yield ExplanationLine(Tone.BLOCKED, "", tr("missing: {missing}", missing=_join_addresses(each.missing)))
        self._kept_apart = any(path.code is Code.ELB_NOT_CROSSZONE for path in each.trace.paths)
        yield from self._branch_lines([(path.hops, path) for path in each.trace.paths])
        yield from self._verdict_lines(each)

    def _branch_lines(self, branches: Sequence[Branch]) -> Iterator[ExplanationLine]:
        """Yield the shared hops once, then each group of paths that continue alike, indented."""
        while all(hops for hops, _ in branches) and len({hops[0] for hops, _ in branches}) == 1:
            hops, path = branches[0]
            if hops[0].kind == "target" and len(branches) == 1:
                yield from self._target_lines(hops, path)
                return
            yield from self._hop_lines(hops[0])
            branches = [(hops[1:], path) for hops, path in branches]
        groups: dict[Hop | None, list[Branch]] = {}
        for hops, path in sorted(branches, key=self._sort_key):
            groups.setdefault(hops[0] if hops else None, []).append((hops, path))
        for first, group in groups.items():
            if first is not None:
                yield from _indent_lines(self._branch_lines(group))

    def _sort_key(self, branch: Branch) -> tuple[bool, str, str]:
        """Return the sort key of a branch: those that get requests first, then by name."""
        path = branch[1]
        return not path.chance, self._names.get(path.server, path.server), path.entry

    def _hop_lines(self, hop: Hop) -> Iterator[ExplanationLine]:
        if hop.verdict is Verdict.OPEN and not hop.code and hop.kind in _QUIET:
            return
        said = self._add_names(tr(_hop_remark(hop)))
        if hop.kind == "cross-zone" and self._kept_apart:
            said = tr("{switch}: a node sends to its own zone only", switch=said)
        tone, parts = Tone.HOP, [said]
        if hop.kind in _PLACED:
            parts = [self._format_place(hop), *parts]
        if hop.code:
            tone = Tone.NOTED if hop.verdict is Verdict.OPEN else Tone.BLOCKED
            parts = [f"{hop.code}: {parts[-1]}", *parts[:-1]]
        elif hop.id not in _hop_remark(hop) and not (self._brief and hop.kind in _PLAIN):
            parts = [self._add_names(hop.id), *parts]
        label = pad(tr(_LABELS[hop.kind]), self._label)
        yield ExplanationLine(tone, f"{_MARKS[tone]} {label} ", " · ".join(part for part in parts if part))

    def _format_place(self, hop: Hop) -> str:
        zone = self._format_zone(hop.zone_id)
        both = bool(hop.address and zone)
        return tr("{address} in {zone}", address=hop.address, zone=zone) if both else hop.address or zone

    def _target_lines(self, hops: Sequence[Hop], path: Path) -> Iterator[ExplanationLine]:
        """Yield a target in one line: name, place, and its share or what blocks it."""
        target, stop = hops[0], path.blocking_hop
        number = self._subnet_number(path)
        subnet = tr("Subnet {n}", n=number) + "  " if number else ""
        who = f"{self._add_names(path.server or target.id)}  {subnet}{target.zone_id or '-'}  "
        if stop is None:
            state = tr(target.why.removeprefix("it is "))
            share = tr("{share} of the answers", share=_format_percent(path.weight))
            yield ExplanationLine(Tone.ANSWERS, f"{_OPEN} {who}", f"{state}  {share}", number)
            return
        why = self._add_names(tr(stop.why)) + self._unhealthy_reason(stop)
        if stop.code is Code.ELB_NOT_CROSSZONE:  # the reason is the switch, wherever the target is
            why = next(tr(hop.rule) for hop in path.hops if hop.kind == "cross-zone")
        fails = tr(", ") + tr("{share} of the requests", share=_format_percent(path.chance)) if path.chance else ""
        yield ExplanationLine(Tone.BLOCKED, f"{_MARKS[Tone.BLOCKED]} {who}", f"{stop.code}: {why}{fails}")

    def _subnet_number(self, path: Path) -> int:
        """Return the number of the lab's subnet in which the path ends, or 0."""
        address = Address.parse(self._names.get(path.subnet, ""))
        return address.private_subnet or 0 if address.side == PROVIDER else 0

    def _verdict_lines(self, each: Explanation) -> Iterator[ExplanationLine]:
        found = each.trace
        assert found is not None
        shares = _format_shares(each.predicted) or tr("none ({code})", code=found.code)
        yield self._verdict_line(tr("expected answers:"), shares)
        if found.open_paths:
            fails: dict[str, float] = {}
            for path in found.blocked_paths:
                why = f"{path.code}: {self._add_names(tr(path.why))}"
                fails[why] = fails.get(why, 0) + path.chance
            for why, chance in fails.items():
                yield self._verdict_line(tr("expected failures:"), f"{_format_percent(chance)}{tr(', ')}{why}")
        yield from self._observed_lines(each)

    def _observed_lines(self, each: Explanation) -> Iterator[ExplanationLine]:
        observed = each.observed
        if observed is not None:
            answered = tr("{answered} of {sent} answered", answered=observed.sent - observed.failed, sent=observed.sent)
            yield self._verdict_line(
                tr("observed answers:"), f"{_format_shares(observed.shares) or tr('none')}{tr(', ')}{answered}"
            )
            for why, number in observed.failures.items():
                failed = tr("{failed} of {sent}", failed=number, sent=observed.sent)
                yield self._verdict_line(tr("observed failures:"), f"{failed}{tr(', ')}{tr(why)}")
            if set(observed.shares) - set(each.predicted):
                late = tr("recent changes take a while to reach the traffic: try again")
                yield ExplanationLine(Tone.WARNING, "", late)
        elif each.unasked:
            yield ExplanationLine(Tone.WARNING, "", tr("not probed: {why}", why=each.unasked))

    @staticmethod
    def _verdict_line(label: str, text: str) -> ExplanationLine:
        return ExplanationLine(Tone.VERDICT, f"{pad(label, TOTAL)} ", text)

    def _unhealthy_reason(self, stop: Hop) -> str:
        """Return the reason why a target is unhealthy, as far as AWS reports it."""
        told = self._conditions.get(stop.id) if stop.code is Code.PL_TARGET_UNHEALTHY else None
        return f" ({told})" if told else ""

    def _add_names(self, text: str) -> str:
        """Add names to ids, and replace ARNs by names."""
        return self._known.sub(self._replace_id, text)

    def _replace_id(self, found: re.Match[str]) -> str:
        known = found[0]
        name = self._names[known]
        return name if self._brief or known.startswith("arn:") or name == known else f"{name} ({known})"

    def _format_zone(self, zone_id: str) -> str:
        name = self._zones.get(zone_id)
        return f"{name} ({zone_id})" if name else zone_id


def _join_addresses(addresses: Sequence[str]) -> str:
    return ", ".join(addresses)


def _format_shares(shares: Mapping[str, float]) -> str:
    """Return shares in words; subnets of the lab's servers are numbered, others have ids."""
    named = ((tr("Subnet {n}", n=key) if key.isdecimal() else key, share) for key, share in shares.items())
    return ", ".join(f"{name} ({_format_percent(share)})" for name, share in named)


def _format_percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _hop_remark(hop: Hop) -> str:
    """Return the remark on a hop beyond its name and place; empty if an open hop's reason is its place."""
    if hop.verdict is Verdict.OPEN and not hop.code:
        if hop.kind in _PLACED:
            return ""
        if hop.kind == "record":
            return hop.rule
    return hop.why or hop.rule
