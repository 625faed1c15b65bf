"""moto's server with the corrections laid over it."""

import functools
import os
from collections.abc import Callable, Iterable
from typing import Any

from pltui.sandbox.api.overlay import Lab, SsmRunner
from pltui.sandbox.api.server import WsgiApp
from pltui.sandbox.clock import Clock
from pltui.sandbox.faults import FaultBoard
from pltui.sandbox.health import HealthBoard

_current: list[Lab] = []


def make_app(
    clock: Clock,
    health: HealthBoard,
    on_write: Callable[[str, str], None],
    ssm_runner: SsmRunner | None = None,
    faults: FaultBoard | None = None,
) -> WsgiApp:
    """The AWS API as a WSGI application; `on_write(service, action)` follows each change, in the thread that made it.

    moto's state belongs to the process, so there is one application a process: making another empties it.
    """
    lab = Lab(clock, health, ssm_runner, faults)
    _load(lab)
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    from pltui.sandbox.api.calls import take_written

    moto = DomainDispatcherApplication(create_backend_app)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        take_written()
        return _Answer(moto(environ, start_response), report)

    def report() -> None:
        for service, action in take_written():
            on_write(service, action)

    return app


class _Answer:
    """A WSGI answer that reports once it has been sent."""

    def __init__(self, parts: Iterable[bytes], sent: Callable[[], object]) -> None:
        self._parts, self._sent = parts, sent

    def __iter__(self) -> Any:
        return iter(self._parts)

    def close(self) -> None:
        if hasattr(self._parts, "close"):
            self._parts.close()
        self._sent()


def _load(lab: Lab) -> None:
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"  # read when moto is imported
    _share_models()
    from pltui.sandbox.api import (
        accounts,
        calls,
        commands,
        endpoint_services,
        endpoints,
        idempotency,
        in_use,
        instances,
        interfaces,
        load_balancers,
        managed_nodes,
        nat_gateways,
        private_zones,
        tables,
        targets,
    )

    if _current:
        from moto.moto_api._internal.models import moto_api_backend

        _current.pop().remove()
        moto_api_backend.reset()
    areas: tuple[Any, ...] = (
        calls,
        tables,
        interfaces,
        endpoint_services,
        endpoints,
        load_balancers,
        targets,
        in_use,
        instances,
        nat_gateways,
        private_zones,
        accounts,
        managed_nodes,
        commands,
        idempotency,
    )
    for area in areas:
        area.install(lab)
    _current.append(lab)


def _share_models() -> None:
    """Let every botocore session use one loader: moto makes many, and each would parse the same models again."""
    import botocore.session

    create = botocore.session.create_loader
    if not hasattr(create, "cache_info"):
        botocore.session.create_loader = functools.cache(create)
