"""moto's server with the corrections installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from wsgiref.types import WSGIEnvironment

from pltui.emulator.api import isolation
from pltui.emulator.api.overlay import ApiContext, Area, SsmRunner
from pltui.emulator.api.server import StartResponse, WsgiApp
from pltui.emulator.clock import Clock
from pltui.emulator.faults import FaultRegistry
from pltui.emulator.health_board import TargetHealthBoard
from pltui.emulator.moto_adapter.values import Node

RESET = ("POST", "/moto-api/reset")
"""moto's own reset request, as test suites send it; moto itself would reset only a part of the state."""

_current: list[ApiContext] = []

# Modules of this package that correct moto, each one area, in the order in which they are installed.
AREAS = (
    "calls", "partitions", "request_validation", "cidr_blocks", "tables", "availability_zones", "interfaces",
    "endpoint_services", "private_dns_names", "offered_services", "endpoints", "endpoint_connections", "lattice",
    "resource_endpoints", "peerings", "load_balancers", "listeners", "targets", "vpcs", "security_groups",
    "gateways", "routes", "in_use", "tags", "profiles", "images", "instance_types", "instances", "ssm_agent",
    "nat_gateways", "hosted_zones", "records", "managed_nodes", "commands", "idempotency", "identity", "wording",
)  # fmt: skip


def make_app(
    clock: Clock,
    health: TargetHealthBoard,
    on_write: Callable[[str, str], None],
    ssm_runner: SsmRunner | None = None,
    faults: FaultRegistry | None = None,
    on_reset: Callable[[], None] | None = None,
) -> Api:
    """Return the AWS API as a WSGI application; `on_write(service, action)` is called in the thread of each write.

    `on_reset` handles a caller's reset; by default the application's own `reset`.

    moto's state belongs to the process, so there is one application per process: making another resets it.
    """
    lab = ApiContext(clock, health, ssm_runner, faults)
    _load(lab)
    from pltui.emulator.api.calls import take_writes
    from pltui.emulator.api.moto_paths import Dispatcher
    from pltui.emulator.api.unimplemented import answer_for_lacking

    isolation.install()
    moto = answer_for_lacking(Dispatcher())
    return Api(lab, moto, take_writes, on_write, on_reset)


class Api:
    """The application, and its state as a whole."""

    def __init__(
        self,
        lab: ApiContext,
        moto: WsgiApp,
        take_writes: Callable[[], list[tuple[str, str]]],
        on_write: Callable[[str, str], None],
        on_reset: Callable[[], None] | None,
    ) -> None:
        self._lab, self._moto, self._take_writes, self._on_write = lab, moto, take_writes, on_write
        self._on_reset = on_reset or self.reset

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == RESET:
            self._on_reset()
            start_response("200 OK", [("Content-Type", "application/json")])
            return [b'{"status": "ok"}']
        self._take_writes()
        return _Answer(self._moto(environ, start_response), self._report)

    def state(self) -> Node:
        """The API's whole state as JSON.

        Raises:
            GraphError: If a part of it cannot be saved.
        """
        from pltui.emulator.api.state import save

        return save(self._lab)

    def restore(self, state: Node) -> None:
        """Replace the state by a saved one.

        Raises:
            GraphError: If `state` is damaged; the previous state is then kept.
        """
        from pltui.emulator.api.state import load

        load(self._lab, state)

    def reset(self) -> None:
        """Remove all state."""
        from pltui.emulator.api.state import reset

        reset(self._lab)

    @property
    def lock(self) -> AbstractContextManager[object]:
        """The lock that every call holds."""
        return self._lab.lock

    def _report(self) -> None:
        for service, action in self._take_writes():
            self._on_write(service, action)


class _Answer:
    """A WSGI response that calls `sent` once it has been sent."""

    def __init__(self, parts: Iterable[bytes], sent: Callable[[], object]) -> None:
        self._parts, self._sent = parts, sent

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        """Close the response, and report it as sent."""
        if hasattr(self._parts, "close"):
            self._parts.close()
        self._sent()


def _load(lab: ApiContext) -> None:
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"  # moto reads it at import
    from pltui.emulator.api import loading

    loading.load()

    if _current:
        from moto.moto_api._internal.models import moto_api_backend

        _current.pop().remove()
        moto_api_backend.reset()
    areas: list[Area] = [import_module(f"{__package__}.{name}") for name in AREAS]
    lab.install(areas)
    _current.append(lab)
