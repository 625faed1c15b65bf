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


def group(fault: LabFault) -> str:
    """Heading of the fault on the screen of faults, in English."""
    return GROUPS.get(fault.kind, OTHERS)


def rank(fault: LabFault) -> int:
    """Index of the fault's group, to sort by."""
    return [*dict.fromkeys(GROUPS.values()), OTHERS].index(group(fault))


def choice(fault: LabFault) -> str:
    """The effect of injecting the fault, in words."""
    if fault.kind not in _CHOICES:
        return clean(fault.text)
    return clean(tr(_CHOICES[fault.kind], name=_name(fault), amount=AMOUNTS.get(fault.kind, 0.0)))


def _name(fault: LabFault) -> str:
    return fault.name or (tr("EC2") if fault.subject else tr("everywhere"))


def title(fault: LabFault) -> str:
    """Group and target of the fault, in a few words."""
    return clean(f"{tr(group(fault))}: {_name(fault)}")


def note(fault: LabFault) -> str:
    """Short remark for the row of an affected resource."""
    return tr(_NOTES.get(fault.kind, "broken on purpose"))


def sentence(fault: LabFault) -> str:
    """Description of an active fault; the sandbox's own words if it has some."""
    if fault.by_api:
        return clean(tr(_SENTENCES[fault.kind], name=fault.name))
    return clean(fault.text)
