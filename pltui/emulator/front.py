"""WSGI front of the API: routes the daemon's own paths, and records the caller's use and region."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, TypeAlias

from pltui.emulator.activity import Activity
from pltui.emulator.network import USER_AGENT

WsgiApp: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

CONTROL = "/_pltui/"
DEFAULT_REGION = "us-east-1"

# Region of the call under way in this thread, from its signature's credential scope (Signature Version 4).
region_of_call: ContextVar[str] = ContextVar("region_of_call", default=DEFAULT_REGION)
# Account of that call, which the API derives from the access key.
account_of_call: ContextVar[str] = ContextVar("account_of_call", default="")

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/([a-z0-9-]{1,40})/", re.ASCII)


class Front:
    """WSGI application of the daemon's one port: `control` gets the daemon's own paths, `app` all others.

    While it is shut, only the sandbox's own network is answered; other callers wait.
    """

    def __init__(self, app: WsgiApp, control: WsgiApp, activity: Activity) -> None:
        self._app, self._control, self._activity = app, control, activity
        self._opened = threading.Event()
        self._opened.set()

    def shut(self) -> None:
        """Let callers other than the sandbox's network wait until `open`."""
        self._opened.clear()

    def open(self) -> None:
        """Answer the waiting callers, and all later ones."""
        self._opened.set()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        somebodys = USER_AGENT not in environ.get("HTTP_USER_AGENT", "")
        if somebodys:
            self._opened.wait()
        if environ.get("PATH_INFO", "").startswith(CONTROL):
            return self._control(environ, start_response)
        statuses: list[str] = []

        def record_status(status: str, *rest: Any) -> Any:
            statuses.append(status)
            return start_response(status, *rest)

        if somebodys:
            self._activity.count_call()
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        region_of_call.set(scope[1] if scope else DEFAULT_REGION)
        parts = self._app(environ, record_status)
        # The API reports a change when its answer is closed; the network must know of it before the caller continues.
        try:
            body = b"".join(parts)
        finally:
            if close := getattr(parts, "close", None):
                close()
        if somebodys and statuses:
            self._activity.count_throttling(statuses[-1], body)
        return [body]
