"""Recording of calls to AWS in a file, for comparison with the sandbox and the fake cloud: `--record FILE`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pltui.aws.placeholders import Placeholders
from pltui.aws.transport import ErrorAnswer, NoAnswer, NotReached, Wire
from pltui.engine.errors import CloudError
from pltui.errors import LabError
from pltui.i18n import Phrase


class Recorder:
    """A file of JSON Lines, one per call, in the order in which the calls ended.

    Each has `service`, `operation`, `parameters`, `response` or `error`, `at_ms` since the start of the recording, and
    `duration_ms`. Secrets and user data are removed; values that identify an account or a person are replaced.
    """

    def __init__(self, path: str) -> None:
        """Create the file.

        Raises:
            LabError: If it exists already or cannot be created (exit code 2).
        """
        try:
            descriptor = os.open(Path(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise LabError(
                Phrase("{path} exists: --record overwrites nothing", path=path), Phrase("name another file"), 2
            ) from error
        except OSError as error:
            raise LabError(Phrase("{path}: {what}", path=path, what=error.strerror or error), "", 2) from error
        self._path = path
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._placeholders = Placeholders()
        self._begun = time.monotonic()
        self.problem = ""  # a sentence if the rest could not be written

    def write(
        self, service: str, operation: str, parameters: Mapping[str, Any], begun: float, outcome: Mapping[str, Any]
    ) -> None:
        """Add a call that began at `begun`, by time.monotonic."""
        if self.problem or self._file.closed:
            return
        now = time.monotonic()
        line = {
            "service": service,
            "operation": operation,
            "parameters": self._placeholders.mask_value(parameters),
            **self._placeholders.mask_value(outcome),
            "at_ms": round((begun - self._begun) * 1000, 1),
            "duration_ms": round((now - begun) * 1000, 1),
        }
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            self.problem = Phrase("{path}: {what}", path=self._path, what=error.strerror or error)

    def close(self) -> None:
        """Close the file; an error is kept in `problem`."""
        try:
            self._file.close()
        except OSError as error:
            self.problem = self.problem or Phrase("{path}: {what}", path=self._path, what=error.strerror or error)


class RecordedWire:
    """A wire whose calls are recorded."""

    def __init__(self, wire: Wire, recorder: Recorder) -> None:
        self._wire, self._recorder = wire, recorder

    async def prepare(self, *services: str) -> None:
        """Prepare the wrapped wire."""
        await self._wire.prepare(*services)

    async def send(
        self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0
    ) -> dict[str, Any]:
        """Send through the wrapped wire; record the answer or the error."""
        begun = time.monotonic()
        try:
            answer = await self._wire.send(service, operation, parameters, urgency)
        except ErrorAnswer as error:
            error_code = {name: error.response.get("Error", {}).get(name, "") for name in ("Code", "Message")}
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            outcome: Mapping[str, Any] = {"error": {**error_code, "HTTPStatusCode": status}}
            self._recorder.write(service, operation, parameters, begun, outcome)
            raise
        except (NoAnswer, NotReached, CloudError) as error:
            lost = {"error": {"Code": "", "Message": str(error), "HTTPStatusCode": None}}
            self._recorder.write(service, operation, parameters, begun, lost)
            raise
        content = {name: item for name, item in answer.items() if name != "ResponseMetadata"}
        self._recorder.write(service, operation, parameters, begun, {"response": content})
        return answer
