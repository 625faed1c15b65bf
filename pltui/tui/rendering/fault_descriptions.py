"""Descriptions of faults for the screen."""

from __future__ import annotations

from collections.abc import Mapping

from pltui.i18n import tr
from pltui.lab.faults import AMOUNTS, LabFault
from pltui.text import clean

GROUPS: Mapping[str, str] = {
    "stop": "Stop an instance",
    "server": "Stop a web server",
    "zone": "Take down a zone",
    "subnet": "Isolate a subnet",
    "close": "Close a security group",
    "latency": "Add latency",
    "loss": "Drop packets",
    "throttle": "Disturb the AWS API",
    "lag": "Disturb the AWS API",
    "error": "Disturb the AWS API",
}
OTHERS = "Other faults"
# Effects; {name} is the resource's.
_CHOICES: Mapping[str, str] = {
    "stop": "{name}: stop the EC2 instance",
    "server": "{name}: web server stops, instance keeps running",
    "zone": "{name}: everything in the zone is down",
    "subnet": "{name}: all traffic dropped",
    "close": "{name}: all inbound rules removed",
    "latency": "{name}: {amount:.0f} ms added to each round trip",
    "loss": "{name}: {amount:.0%} of all packets are lost",
    "throttle": "{name}: calls above {amount:.0f}/s are throttled",
    "lag": "{name}: new resources are not visible for {amount:.0f} s",
}
_NOTES: Mapping[str, str] = {
    "stop": "stopped by a fault",
    "server": "web server stopped",
    "zone": "zone is down",
    "subnet": "isolated",
    "close": "no inbound traffic",
}
_SENTENCES: Mapping[str, str] = {"stop": "{name} is stopped", "close": "{name} admits no traffic"}


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
    return tr(_NOTES.get(fault.kind, "fault active"))


def sentence(fault: LabFault) -> str:
    """Description of an active fault; the sandbox's own words if it has some."""
    if fault.by_api:
        return clean(tr(_SENTENCES[fault.kind], name=fault.name))
    return clean(fault.text)
