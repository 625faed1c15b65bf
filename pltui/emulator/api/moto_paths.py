"""Access to moto's own endpoints, which are no part of AWS: all answer 404 but the reset, which `Api` executes.

They record calls with their credentials, write files, send requests, lock callers out, and show a page that loads
scripts from the internet. moto's instance metadata has the same credentials for every caller.
"""

import json
from collections.abc import Iterable
from wsgiref.types import WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from pltui.emulator.api.server import StartResponse, WsgiApp

_OWN = frozenset({"moto_api", "instance_metadata"})
"""moto's services that AWS does not have at its endpoints."""

_MESSAGE = "the pltui sandbox has none of moto's own endpoints except POST /moto-api/reset"


class Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]
    """moto's choice of a service for each request, without moto's own services, by whichever way they are named."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)

    def get_application(self, environ: WSGIEnvironment) -> WsgiApp:
        """The application of the service that the request is for."""
        found = super().get_application(environ)
        return _refuse if found.service in _OWN else found


def _refuse(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps({"message": _MESSAGE}).encode()
    start_response("404 Not Found", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
