"""State of the sandbox for commands and screens: calls on a thread, with errors for people.

The emulator does not import this module, because it runs without `pltui.errors`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pltui.errors import LabError
from pltui.i18n import Phrase
from pltui.sandbox import launcher
from pltui.sandbox.client import LauncherError, Sandbox

T = TypeVar("T")


def describe_problem(machine: str, problem: str) -> str:
    """Return a sentence about a machine whose user data the sandbox cannot interpret."""
    return Phrase(
        "{machine} serves nothing: its user data cannot be interpreted: {problem}", machine=machine, problem=problem
    )


async def ask(request: Callable[..., T], *values: object) -> T:
    """Call a function of the launcher or the client without blocking the event loop.

    Raises:
        LabError: If the sandbox does not answer, does not start, or rejects the request.
    """
    try:
        return await asyncio.to_thread(request, *values)
    except LauncherError as error:
        raise LabError(str(error), Phrase("see `pltui sandbox status`"), error.code) from error
    except OSError as error:  # such as a full disk
        raise as_lab_error(error) from error


def as_lab_error(error: OSError) -> LabError:
    """Return the error for a file or folder of the sandbox that cannot be used."""
    reason = error.strerror or str(error)
    return LabError(Phrase("the sandbox's files cannot be used: {reason}", reason=f"{reason}: {error.filename}"))


async def read_speed(sandbox: Sandbox) -> str:
    """Return the AWS seconds per real second, or "instant".

    Raises:
        LabError: If the sandbox does not answer.
    """
    return str((await ask(sandbox.status))["speed"])


async def read_faults(sandbox: Sandbox | None) -> list[Mapping[str, Any]]:
    """Return the active faults, as in its status; empty without a sandbox.

    Raises:
        LabError: If the sandbox does not answer.
    """
    return list((await ask(sandbox.status))["faults"]) if sandbox else []


async def known_faults(sandbox: Sandbox | None) -> list[Mapping[str, Any]]:
    """Return the active faults; also empty if the sandbox does not answer."""
    try:
        return await read_faults(sandbox)
    except LabError:
        return []


async def user_data_problems(sandbox: Sandbox | None) -> Mapping[str, str]:
    """Return why machines serve nothing, by their ids; also empty if the sandbox does not answer."""
    try:
        return dict((await ask(sandbox.status))["network"]["user_data_problems"]) if sandbox else {}
    except (LabError, KeyError):
        return {}


async def tell_end(sandbox: Sandbox | None) -> str:
    """Return a sentence if `sandbox` no longer runs; "" if it does, or if it is None.

    Raises:
        LabError: If the runtime folder cannot be used.
    """
    if sandbox is None or await ask(launcher.find) == sandbox:
        return ""
    return (await ask(launcher.crash_notice)) or Phrase("the sandbox stopped and the lab is gone")
