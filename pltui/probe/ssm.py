"""Probe through Session Manager's Run Command.

The client machine runs a small script, on the sandbox and on AWS alike.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from pltui.engine.errors import CloudError, NotYetError, RefusedError
from pltui.engine.polling import pause_after
from pltui.errors import LabError, Refused
from pltui.i18n import Phrase
from pltui.probe.answer import Answer
from pltui.probe.request import AnswerRecorder, AskError, ProbeRequest
from pltui.probe.script import FAILURES, Script, ScriptLine, parse_output
from pltui.text import rfc3339, timestamp

Call = Callable[..., Awaitable[dict[str, Any]]]

BATCH = 10  # requests per script: some seconds even if each one times out
CANCEL_TIMEOUT_S = 5.0
DELIVERY = 60  # seconds within which the agent must pick up a command
PATIENCE = 180.0  # seconds; a machine registers one to three minutes after it runs
ENDED = frozenset({"Success", "Failed", "Cancelled", "TimedOut"})
MESSAGES = {
    "unresolved": "{name} does not resolve in the client's VPC",
    "refused": "{name}:{port} refused the connection: nothing listens there",
    "timeout": "no answer from {name}:{port} within {timeout:g} s: packets are dropped on the way",
    "reset": "{name}:{port} broke off the connection before its answer was complete",
}


class SsmProbe:
    """Sends requests in batches through Run Command.

    `call(service, operation, **parameters)` reaches the API; `machine` finds the client's instance id. `say` gets a
    sentence once if there is something to wait for.
    """

    def __init__(
        self, question: ProbeRequest, call: Call, machine: Callable[[], Awaitable[str]], say: Callable[[str], None]
    ) -> None:
        self._question, self._call, self._machine, self._say = question, call, machine, say
        self._waits = False
        self._answers: deque[Answer] = deque()
        self._running: dict[str, str] = {}  # id of a command -> id of its instance
        self._asked = 0

    async def ask(self) -> Answer:
        """Return the next answer of the current batch; run another batch if there is none."""
        if not self._answers:
            self._answers.extend(await self._run_batch())
        return self._answers.popleft()

    async def close(self) -> None:
        """Cancel the running script, if any."""
        self._answers.clear()
        while self._running:
            command, machine = self._running.popitem()
            with suppress(CloudError, TimeoutError):
                async with asyncio.timeout(CANCEL_TIMEOUT_S):
                    await self._call("ssm", "CancelCommand", CommandId=command, InstanceIds=[machine])

    async def _run_batch(self) -> list[Answer]:
        """Return the answers of one script. Raises LabError if the machine cannot run commands."""
        begun = time.time()
        lines = await self._run_script()
        ended = time.time()
        behind_s = _clock_lag(lines, begun, ended)
        return [self._make_answer(line, line.sent + behind_s, ended) for line in lines]

    def _make_answer(self, line: ScriptLine, sent: float, read: float) -> Answer:
        """Return the answer of a line; `sent` and `read` are seconds since the epoch by this machine's clock."""
        self._asked += 1
        question = self._question
        at = rfc3339(datetime.fromtimestamp(sent, UTC))
        recorder = AnswerRecorder(question, self._asked, at=at, age_s=max(0.0, read - sent - line.seconds))
        if line.exit == 0 and line.status:
            return recorder.from_response(line.status, line.body, line.ip or None, latency_ms=line.seconds * 1000)
        kind = FAILURES.get(line.exit, "reset")
        text = Phrase(MESSAGES[kind], name=question.name, port=question.port, timeout=question.timeout)
        return recorder.from_error(AskError(kind, text), line.ip or None)

    async def _run_script(self) -> list[ScriptLine]:
        question = self._question
        url = f"http://{question.name}:{question.port}{question.path}"
        script = Script(BATCH, question.timeout, url)
        try:
            machine = await self._machine()
            command = await self._call_patiently(
                "SendCommand",
                InstanceIds=[machine],
                DocumentName="AWS-RunShellScript",
                TimeoutSeconds=DELIVERY,
                Parameters={"commands": [script.text()], "executionTimeout": [str(int(BATCH * question.timeout) + 10)]},
                Comment=f"pltui probe {timestamp()}",
            )
            name = command["Command"]["CommandId"]
            self._running[name] = machine
            outcome = await self._wait_for_command(name, machine)
            self._running.pop(name, None)
        except RefusedError as error:
            raise Refused(f"{error.code}: {error.message} ({error.action})", error.hint) from error
        except CloudError as error:
            text = Phrase(
                "{consumer}'s client cannot run commands: {message}", consumer=question.consumer, message=error.message
            )
            raise LabError(text, Phrase("it registers with Systems Manager some minutes after its start")) from error
        lines = list(parse_output(outcome["StandardOutputContent"]))
        if not lines:
            output = outcome["StandardErrorContent"] or outcome["StatusDetails"]
            raise LabError(
                Phrase(
                    "the probe's command on {machine} ended as {status}: {said}",
                    machine=machine,
                    status=outcome["Status"],
                    said=output,
                )
            )
        return lines

    async def _wait_for_command(self, command: str, machine: str) -> dict[str, Any]:
        begun = asyncio.get_running_loop().time()
        while True:
            answer = await self._call_patiently("GetCommandInvocation", CommandId=command, InstanceId=machine)
            if answer["Status"] in ENDED:
                return answer
            await asyncio.sleep(pause_after(asyncio.get_running_loop().time() - begun))

    async def _call_patiently(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Repeat a call while its machine or its command is not known everywhere yet."""
        begun = asyncio.get_running_loop().time()
        while True:
            try:
                return await self._call("ssm", operation, **parameters)
            except NotYetError:
                waited = asyncio.get_running_loop().time() - begun
                if waited > PATIENCE:
                    raise
                if operation == "SendCommand" and not self._waits:
                    self._waits = True
                    self._say(
                        Phrase(
                            "waiting for Session Manager to list {consumer}'s client as online",
                            consumer=self._question.consumer,
                        )
                    )
                await asyncio.sleep(pause_after(waited))


def _clock_lag(lines: Sequence[ScriptLine], begun: float, ended: float) -> float:
    """Return the seconds by which the machine's clock is behind this one: 0 if its times fit `begun` and `ended`."""
    last = lines[-1].sent + lines[-1].seconds
    return 0.0 if begun <= lines[0].sent and last <= ended else ended - last
