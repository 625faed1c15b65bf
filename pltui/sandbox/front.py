"""What stands before the API: the daemon's own control paths, and a note of who calls and for which region."""

from __future__ import annotations

import hmac
import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, TypeAlias

from pltui.launcher import SPEED_PATH, STATUS_PATH, TOKEN_HEADER, parse_speed
from pltui.sandbox.network import USER_AGENT

WsgiApp: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

DEFAULT_REGION = "us-east-1"

# The region of the call under way in this thread, out of its signature's credential scope (Signature Version 4).
region_of_call: ContextVar[str] = ContextVar("region_of_call", default=DEFAULT_REGION)

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/([a-z0-9-]{1,40})/", re.ASCII)
_TOKEN_KEY = "HTTP_" + TOKEN_HEADER.upper().replace("-", "_")
_LARGEST_ORDER = 4096  # octets of a control request's body


class Activity:
    """How much the sandbox is used. Thread-safe."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._last = now()
        self.calls = 0

    def called(self) -> None:
        with self._lock:
            self.calls += 1
            self._last = self._now()

    def touch(self) -> None:
        """Something else than a call shows that the sandbox is in use."""
        with self._lock:
            self._last = self._now()

    @property
    def idle(self) -> float:
        """Real seconds since the last use."""
        with self._lock:
            return self._now() - self._last


class Front:
    """The WSGI application of the daemon's one port. `status` and `set_speed` are called on request threads."""

    def __init__(
        self,
        app: WsgiApp,
        activity: Activity,
        token: str,
        status: Callable[[], dict[str, Any]],
        set_speed: Callable[[float], None],
    ) -> None:
        self._app = app
        self._activity = activity
        self._token = token
        self._orders = {("GET", STATUS_PATH): self._tell_status, ("POST", SPEED_PATH): self._take_speed}
        self._status = status
        self._set_speed = set_speed

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith("/_pltui/"):
            return self._control(environ, start_response)
        if USER_AGENT not in environ.get("HTTP_USER_AGENT", ""):
            self._activity.called()
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        region_of_call.set(scope[1] if scope else DEFAULT_REGION)
        parts = self._app(environ, start_response)
        # The API tells of a change when its answer is closed; the network is to hear of it before the caller goes on.
        try:
            return [b"".join(parts)]
        finally:
            if close := getattr(parts, "close", None):
                close()

    def _control(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        order = self._orders.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if not hmac.compare_digest(environ.get(_TOKEN_KEY, "").encode(), self._token.encode()):
            status, document = "403 Forbidden", {"error": f"{TOKEN_HEADER} is not the one in the runtime file"}
        elif order is None:
            status, document = "404 Not Found", {"error": "no such path"}
        else:
            status, document = order(environ)
        body = json.dumps(document).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _tell_status(self, environ: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "200 OK", self._status()

    def _take_speed(self, environ: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        length = environ.get("CONTENT_LENGTH") or "0"
        try:
            body = environ["wsgi.input"].read(min(int(length), _LARGEST_ORDER))
            self._set_speed(parse_speed(str(json.loads(body)["speed"])))
        except (ValueError, KeyError, TypeError) as error:
            return "400 Bad Request", {"error": str(error)}
        return "200 OK", self._status()
