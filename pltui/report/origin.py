"""Place, time and versions of a report."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata
from platform import python_version

from pltui import __version__
from pltui.history.redaction import redact_text
from pltui.lab.session import Lab
from pltui.report.model import Origin
from pltui.text import timestamp


async def origin(lab: Lab) -> Origin:
    """Return the lab's current origin.

    Raises:
        LabError: If the account or the sandbox's speed cannot be read.
    """
    known = early_origin(lab.spec.name, lab.target, lab.region)
    endpoint = redact_text(lab.chosen_endpoint or "")
    return replace(known, account=await lab.account(), endpoint=endpoint, speed=await _sandbox_speed(lab))


def early_origin(lab: str, target: str, region: str) -> Origin:
    """Return the part of the origin that is known without any call."""
    return Origin(lab, target, region, timestamp(), versions(target))


async def _sandbox_speed(lab: Lab) -> str:
    if lab.sandbox is None:
        return ""
    from pltui.sandbox.status import read_speed

    return (await read_speed(lab.sandbox)).removesuffix(".0")


def versions(target: str) -> dict[str, str]:
    """Return the versions of the packages that affect the results: on the sandbox, the emulator too."""
    parts = ("boto3", "moto") if target == "sandbox" else ("boto3",)
    return {"pltui": __version__, "python": python_version(), **{part: metadata.version(part) for part in parts}}
