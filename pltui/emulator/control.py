"""The daemon's control paths, beside the API's: requests of `pltui sandbox …`, with the runtime file's token."""

from __future__ import annotations

import hmac
import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, get_args

from pltui import aws_errors
from pltui.emulator.service import SandboxService, ServiceError
from pltui.reachability.world import FaultKind
from pltui.sandbox.client import (
    END_PATH,
    FAULTS_PATH,
    LOAD_PATH,
    MACHINES_PATH,
    PERSIST_PATH,
    RESET_PATH,
    SAVE_PATH,
    SPEED_PATH,
    STATUS_PATH,
    TOKEN_HEADER,
    parse_speed,
)

log = logging.getLogger(__name__)

Document: TypeAlias = dict[str, Any]
Order: TypeAlias = Callable[[Document], Document]

_TOKEN_KEY = "HTTP_" + TOKEN_HEADER.upper().replace("-", "_")
_LARGEST_ORDER = 16384  # octets of a request's body


class Control:
    """WSGI application of the control paths. `about` describes the process and is part of the status.

    `kept` is called with a file in which the state is persisted from now on; `end` with True if the process shall end
    without saving, and raises ServiceError if it cannot end.
    """

    def __init__(
        self,
        service: SandboxService,
        token: str,
        about: Mapping[str, object],
        *,
        kept: Callable[[Path], None],
        end: Callable[[bool], None],
    ) -> None:
        self._service, self._token, self._about = service, token, about
        self._kept, self._order_end = kept, end
        self._orders: Mapping[tuple[str, str], Order] = {
            ("GET", STATUS_PATH): lambda _: self._status(),
            ("POST", SPEED_PATH): self._set_speed,
            ("GET", FAULTS_PATH): lambda _: {"faults": service.faults()},
            ("GET", MACHINES_PATH): lambda _: {"machines": service.machines()},
            ("POST", FAULTS_PATH): self._break,
            ("DELETE", FAULTS_PATH): lambda wish: {"mended": service.clear_fault(wish.get("id"))},
            ("POST", RESET_PATH): self._reset,
            ("POST", SAVE_PATH): lambda wish: service.save(_file(wish)),
            ("POST", LOAD_PATH): lambda wish: service.load(_file(wish)),
            ("POST", PERSIST_PATH): self._keep,
            ("POST", END_PATH): self._end,
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        order = self._orders.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if not hmac.compare_digest(environ.get(_TOKEN_KEY, "").encode(), self._token.encode()):
            status, document = "403 Forbidden", {"error": f"{TOKEN_HEADER} is not the one in the runtime file"}
        elif order is None:
            status, document = "404 Not Found", {"error": "no such path"}
        else:
            status, document = _execute(order, environ)
        body = json.dumps(document).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _status(self) -> Document:
        return {**self._service.status(), **self._about}

    def _set_speed(self, wish: Document) -> Document:
        self._service.set_speed(parse_speed(str(wish["speed"])))
        return self._status()

    def _break(self, wish: Document) -> Document:
        kind, subject, amount = wish["kind"], wish.get("subject", ""), float(wish.get("amount", 0))
        error = str(wish.get("error", ""))
        if kind not in get_args(FaultKind) or not isinstance(subject, str) or not 0 <= amount < math.inf:
            raise ServiceError("that is no fault")
        if (kind == "error") is not (aws_errors.find_injectable(error) is not None):
            raise ServiceError(f"{error!r} is no error that can be injected")
        return self._service.break_(kind, subject, amount, error)

    def _reset(self, _wish: Document) -> Document:
        self._service.reset()
        return self._status()

    def _keep(self, wish: Document) -> Document:
        self._service.keep_in(_file(wish))
        self._kept(_file(wish))
        return self._status()

    def _end(self, wish: Document) -> Document:
        self._order_end(wish.get("discard") is True)
        return {}


def _execute(order: Order, environ: dict[str, Any]) -> tuple[str, Document]:
    length = environ.get("CONTENT_LENGTH") or "0"
    try:
        body = environ["wsgi.input"].read(min(int(length), _LARGEST_ORDER)) if "wsgi.input" in environ else b""
        return "200 OK", order(json.loads(body or b"null") or {})
    except ServiceError as error:
        return "409 Conflict", {"error": str(error)}
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        return "400 Bad Request", {"error": str(error)}
    except Exception as error:
        log.exception("an order could not be carried out")
        return "500 Internal Server Error", {"error": f"the sandbox failed: {type(error).__name__} {error}"}


def _file(wish: Document) -> Path:
    """Return the absolute path in `wish`; the daemon's working directory is not the caller's.

    Raises:
        ValueError: If the path is relative.
    """
    path = Path(str(wish["file"]))
    if not path.is_absolute():
        raise ValueError(f"{path} is no absolute path")
    return path
