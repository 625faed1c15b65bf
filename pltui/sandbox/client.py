"""HTTP client for a running sandbox's control API."""

from __future__ import annotations

import contextlib
import http.client
import json
import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pltui.i18n import Phrase

STATUS_PATH = "/_pltui/status"
SPEED_PATH = "/_pltui/speed"
FAULTS_PATH = "/_pltui/faults"
MACHINES_PATH = "/_pltui/machines"
RESET_PATH = "/_pltui/reset"
SAVE_PATH = "/_pltui/snapshot/save"
LOAD_PATH = "/_pltui/snapshot/load"
PERSIST_PATH = "/_pltui/persist"
END_PATH = "/_pltui/end"
TOKEN_HEADER = "X-Pltui-Token"  # noqa: S105 # the header's name

_SPEEDS = {"real": 1.0, "instant": math.inf}
# Timeout in real seconds for writing or reading a whole lab, which takes one or two.
_WHOLE_LAB = 60.0


class LauncherError(Exception):
    """The sandbox could not be started, reached or stopped, or rejected a request; the message is the reason."""

    code = 1  # exit code of a command


class RejectedError(LauncherError):
    """The sandbox rejected a request that it understood."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox. Every method raises LauncherError if it does not answer or rejects the request."""

    endpoint_url: str
    socks: str  # "127.0.0.1:PORT"
    pid: int
    token: str
    started: str  # RFC 3339
    version: str

    def status(self, timeout: float = 10.0) -> dict[str, Any]:
        """Return its status; `print_status` of `pltui.cli.commands.sandbox.status` shows all keys.

        At least `endpoint_url, socks, dns, speed, uptime_s, pid, calls, network, faults, persistence, version`. `dns`
        maps VPC ids to "127.0.0.1:PORT"; `speed` is a number or "instant".

        Raises:
            LauncherError: If the sandbox does not answer.
        """
        return self._send_request("GET", STATUS_PATH, None, timeout)

    def set_speed(self, speed: float, timeout: float = 10.0) -> None:
        """Set the AWS seconds per real second."""
        self._send_request("POST", SPEED_PATH, {"speed": speed_word(speed)}, timeout)

    def machines(self) -> list[dict[str, Any]]:
        """Return `id, name, vpc, state, address, dns` of each machine.

        `dns` is its VPC's "127.0.0.1:PORT", or None.
        """
        return list(self._send_request("GET", MACHINES_PATH, None)["machines"])

    def add_fault(self, kind: str, subject: str, amount: float, error: str = "") -> dict[str, Any]:
        """Inject a fault; return it as `id, kind, subject, amount, error, text`. `subject` may be a name."""
        wish = {"kind": kind, "subject": subject, "amount": amount, "error": error}
        return self._send_request("POST", FAULTS_PATH, wish)

    def clear_faults(self, fault_id: str | None = None) -> list[dict[str, Any]]:
        """Clear one fault or all; return those cleared."""
        return list(self._send_request("DELETE", FAULTS_PATH, {"id": fault_id})["mended"])

    def reset(self) -> None:
        """Delete all its state; ports, speed and process stay."""
        self._send_request("POST", RESET_PATH, None, _WHOLE_LAB)

    def save(self, file: str) -> dict[str, Any]:
        """Write a snapshot to an absolute path; return `file, bytes, left_out`."""
        return self._send_request("POST", SAVE_PATH, {"file": file}, _WHOLE_LAB)

    def load(self, file: str) -> dict[str, Any]:
        """Replace all state by a snapshot; return `file, left_out`."""
        return self._send_request("POST", LOAD_PATH, {"file": file}, _WHOLE_LAB)

    def keep_in(self, file: str) -> None:
        """Persist the state in a file from now on."""
        self._send_request("POST", PERSIST_PATH, {"file": file}, _WHOLE_LAB)

    def end(self, discard: bool = False, timeout: float = _WHOLE_LAB) -> None:
        """Save the persisted state, unless `discard`, and end. If it cannot be saved, the sandbox goes on.

        Raises:
            RejectedError: If the state cannot be saved; the message names the file.
        """
        self._send_request("POST", END_PATH, {"discard": discard}, timeout)

    def _send_request(self, method: str, path: str, body: object, timeout: float = 10.0) -> dict[str, Any]:
        url = urlsplit(self.endpoint_url)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=timeout)
        try:
            connection.request(method, path, json.dumps(body), {TOKEN_HEADER: self.token})
            response = connection.getresponse()
            document = json.loads(response.read(), object_hook=_read_phrase)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise LauncherError(
                Phrase(
                    "the sandbox at {endpoint_url} does not answer: {error}",
                    endpoint_url=self.endpoint_url,
                    error=error,
                )
            ) from error
        finally:
            connection.close()
        if response.status != 200:
            refusal = Phrase("the sandbox at {endpoint_url} refused", endpoint_url=self.endpoint_url)
            kind = RejectedError if response.status == http.HTTPStatus.CONFLICT else LauncherError
            raise kind(str(document.get("error", refusal)))
        return dict(document)


def _read_phrase(document: dict[str, Any]) -> dict[str, Any]:
    """Replace `text` by a phrase if the document has its template and values."""
    if "said" in document:
        document["text"] = Phrase.read(document.pop("said"))
    return document


def parse_speed(text: str) -> float:
    """Parse a speed in AWS seconds per real second: a positive number, "real" (1) or "instant" (infinite).

    Raises:
        ValueError: If the text is no speed.
    """
    if text in _SPEEDS:
        return _SPEEDS[text]
    with contextlib.suppress(ValueError):
        if 0 < (speed := float(text)) < math.inf:
            return speed
    raise ValueError(Phrase("{text!r} is not a speed: write a positive number, 'real' or 'instant'", text=text))


def speed_word(speed: float) -> float | str:
    """Return `speed` as a JSON value."""
    return "instant" if math.isinf(speed) else speed
