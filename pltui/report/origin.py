"""Where and when something was found out, and with what."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from importlib import metadata
from platform import python_version

from pltui import __version__
from pltui.engine.events import now
from pltui.errors import LabError
from pltui.history.redaction import redact_text
from pltui.i18n import Phrase
from pltui.lab.session import Lab
from pltui.report.model import Origin


async def origin(lab: Lab) -> Origin:
    """Where it is now. Raises LabError where that cannot be found out."""
    known = begun(lab.spec.name, lab.target, lab.region)
    endpoint = redact_text(lab.chosen_endpoint or "")
    return replace(known, account=await lab.account(), endpoint=endpoint, speed=await _speed(lab))


def begun(lab: str, target: str, region: str) -> Origin:
    """As much as is known before anything was asked for."""
    return Origin(lab, target, region, now(), versions(target))


async def _speed(lab: Lab) -> str:
    if lab.sandbox is None:
        return ""
    from pltui.sandbox.launcher import LauncherError

    try:
        return str((await asyncio.to_thread(lab.sandbox.status))["speed"]).removesuffix(".0")
    except LauncherError as error:
        raise LabError(str(error), Phrase("`pltui sandbox status` tells more")) from error


def versions(target: str) -> dict[str, str]:
    """Of what has a say in the results: on the sandbox the emulator too."""
    parts = ("boto3", "moto") if target == "sandbox" else ("boto3",)
    return {"pltui": __version__, "python": python_version(), **{part: metadata.version(part) for part in parts}}
