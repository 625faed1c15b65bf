"""Descriptions of faults for the screen."""

from __future__ import annotations

from collections.abc import Mapping

from pltui.i18n import tr
from pltui.lab.faults import AMOUNTS, LabFault
from pltui.text import clean

GROUPS: Mapping[str, str] = {
    "stop": "Stop a machine",
    "server": "End a web server",
    "zone": "Lose a zone",
    "subnet": "Cut off a subnet",
    "close": "Close a security group",
    "latency": "Slow the network down",
    "loss": "Lose packets",
    "throttle": "Trouble AWS's API",
    "lag": "Trouble AWS's API",
    "error": "Trouble AWS's API",
}
OTHERS = "Broken elsewhere"
# Effects; {name} is the resource's.
_CHOICES: Mapping[str, str] = {
    "stop": "{name}: StopInstances, as any hand could",
    "server": "{name}: its web server ends, the machine runs on",
    "zone": "{name}: everything in it is down",
    "subnet": "{name}: every packet is swallowed",
    "close": "{name}: its rules go, nothing gets in",
    "latency": "{name}: each round trip takes {amount:.0f} ms more",
    "loss": "{name}: {amount:.0%} of all packets are lost",
    "throttle": "{name}: calls above {amount:.0f} a second are refused",
    "lag": "{name}: what was just made is not found for {amount:.0f} s",
}
_NOTES: Mapping[str, str] = {
    "stop": "stopped on purpose",
    "server": "web server ended",
    "zone": "zone is down",
    "subnet": "cut off",
    "close": "nothing gets in",
}
_SENTENCES: Mapping[str, str] = {"stop": "{name} is stopped", "close": "{name} lets nothing in"}


def group(breakage: LabFault) -> str:
    """Heading of the fault on the screen of faults, in English."""
    return GROUPS.get(breakage.kind, OTHERS)


def rank(breakage: LabFault) -> int:
    """Index of the fault's group, to sort by."""
    return [*dict.fromkeys(GROUPS.values()), OTHERS].index(group(breakage))


def choice(breakage: LabFault) -> str:
    """The effect of injecting the fault, in words."""
    if breakage.kind not in _CHOICES:
        return clean(breakage.text)
    return clean(tr(_CHOICES[breakage.kind], name=_name(breakage), amount=AMOUNTS.get(breakage.kind, 0.0)))


def _name(breakage: LabFault) -> str:
    return breakage.name or (tr("EC2") if breakage.subject else tr("everywhere"))


def title(breakage: LabFault) -> str:
    """Group and target of the fault, in a few words."""
    return clean(f"{tr(group(breakage))}: {_name(breakage)}")


def note(breakage: LabFault) -> str:
    """Short remark for the row of an affected resource."""
    return tr(_NOTES.get(breakage.kind, "broken on purpose"))


def sentence(breakage: LabFault) -> str:
    """Description of an active fault; the sandbox's own words if it has some."""
    if breakage.by_api:
        return clean(tr(_SENTENCES[breakage.kind], name=breakage.name))
    return clean(breakage.text)
