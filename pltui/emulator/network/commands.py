"""Run Command in the sandbox: it executes the probe's script through this network, without a shell."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime

from pltui.probe.answer import Answer
from pltui.probe.request import ProbeRequest
from pltui.probe.sandbox import ProbeRoute, SandboxProbe
from pltui.probe.script import FAILURES, Script, ScriptLine, recognise, split_url

EXIT_CODES = {kind: code for code, kind in sorted(FAILURES.items(), reverse=True)}


def run(
    find_route: Callable[[str], ProbeRoute | None], instance_id: str, commands: list[str], timeout_s: float
) -> tuple[int, str, str] | None:
    """(exit code, stdout, stderr) of the probe's script as `instance_id`; None for any other command.

    Blocks for `timeout_s` real seconds at most. `find_route` returns the way into the network from a machine.
    """
    script = recognise(commands[0]) if len(commands) == 1 else None
    route = find_route(instance_id)
    if script is None or route is None:
        return None
    try:
        lines = asyncio.run(_ask(script, route, timeout_s))
    except TimeoutError:
        return 143, "", "the command took longer than executionTimeout"
    return 0, "".join(line.text() + "\n" for line in lines), ""


async def _ask(script: Script, route: ProbeRoute, timeout_s: float) -> list[ScriptLine]:
    async with asyncio.timeout(timeout_s):
        return await _ask_all(script, route)


async def _ask_all(script: Script, route: ProbeRoute) -> list[ScriptLine]:
    name, port, path = split_url(script.url)
    question = ProbeRequest(
        consumer="", name=name, port=port, path=path, timeout=script.timeout, pattern=re.compile("$^"), zones={}
    )

    async def locate() -> ProbeRoute:
        return route

    probe = SandboxProbe(question, locate)
    try:
        return [_line(await probe.ask(), script) for _ in range(script.count)]
    finally:
        await probe.close()


def _line(answer: Answer, script: Script) -> ScriptLine:
    code = EXIT_CODES.get(answer.kind or "", 0)
    seconds = answer.latency_ms / 1000 if answer.latency_ms is not None else script.timeout
    sent = datetime.fromisoformat(answer.at).timestamp()
    return ScriptLine(sent, answer.status or 0, seconds, code, answer.ip or "", answer.text)
