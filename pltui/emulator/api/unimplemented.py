"""Errors for operations and services that the sandbox does not have, in the protocol of the request.

moto raises, or answers with a web page, if it lacks an operation. AWS's own code for an unknown one is InvalidAction
(EC2 API reference, error codes) in the XML protocols, and UnknownOperationException in the JSON ones.
"""

import logging
from collections.abc import Iterable
from typing import TypeAlias
from wsgiref.types import WSGIEnvironment

from pltui.emulator.api import isolation
from pltui.emulator.api.malformed import malformation
from pltui.emulator.api.parameters import table
from pltui.emulator.api.protocol_errors import Asked, ErrorResponse, error_response, parse_call
from pltui.emulator.api.server import StartResponse, WsgiApp

_log = logging.getLogger(__name__)

Headers: TypeAlias = list[tuple[str, str]]

_NO_ANSWER = b"<!doctype html"
"""The beginning of the web page with which moto's web framework answers an unknown operation."""


_ANY_CONTENT = frozenset({"s3", "unknown"})
"""Services that send what callers have stored; requests without a signature are S3's."""


def answer_for_lacking(moto: WsgiApp) -> WsgiApp:
    """Wrap moto so that requests it cannot answer get an error of AWS's form."""

    def answering(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started: list[tuple[str, Headers, object]] = []

        def note(status: str, headers: Headers, exc_info: object = None) -> None:
            started[:] = [(status, headers, exc_info)]

        asked = parse_call(environ)
        if wrong := malformation(environ, asked):
            status, headers, body = error_response(asked, "400 Bad Request", *wrong)
            start_response(status, headers)
            return [body]
        failed, refused = False, ""
        try:
            parts = moto(environ, note)
            body = b"".join(parts)
        except Exception as error:
            if isolation.is_cause_of(error):
                refused = isolation.MESSAGE
            else:
                failed = True
                _log.exception("no answer to %s %s", environ["REQUEST_METHOD"], environ.get("PATH_INFO"))
        else:
            if hasattr(parts, "close"):
                parts.close()
            status, headers, *rest = started[0]
            if _is_answer(environ, asked, status, headers, body):
                start_response(status, _typed(asked, headers, body), *rest)
                return [body]
        status, headers, body = _error(asked, failed, "HTTP_AUTHORIZATION" in environ, refused)
        start_response(status, headers)
        return [body]

    return answering


def _is_answer(environ: WSGIEnvironment, asked: Asked, status: str, headers: Headers, body: bytes) -> bool:
    """False for a web page, or an empty one, in place of an error. Some operations answer a success with nothing."""
    if not any(map(_is_html, headers)):
        return True
    if status[:1] == "2":
        return True
    if body:
        return body[: len(_NO_ANSWER)].lower() != _NO_ANSWER
    return environ["REQUEST_METHOD"] == "HEAD" or asked.service in _ANY_CONTENT


def _is_html(header: tuple[str, str]) -> bool:
    return header[0].lower() == "content-type" and header[1].startswith("text/html")


def _typed(asked: Asked, headers: Headers, body: bytes) -> Headers:
    """The headers with the type of the content, for which moto's web framework assumes a web page."""
    if asked.service in _ANY_CONTENT:
        return headers
    in_json = body[:1] != b"<" if body else asked.protocol in ("json", "cbor")
    kind = "application/json" if in_json else "text/xml"
    return [("Content-Type", kind) if _is_html(header) else header for header in headers]


def _error(asked: Asked, failed: bool, signed: bool, refused: str) -> ErrorResponse:
    """The error response. An implemented operation that failed, with unknown effects, is AWS's InternalFailure."""
    name = f"{asked.service}:{asked.operation}"
    if failed and asked.operation in table().get(asked.service, {}):
        message = f"{name} failed in the pltui sandbox"
        return error_response(asked, "500 Internal Server Error", "InternalFailure", message)
    if failed and asked.service == "unknown" and signed:
        text = "Authorization header requires a Credential with date, region, service and aws4_request."
        return error_response(asked, "400 Bad Request", "IncompleteSignature", text)  # wording believed
    code = "UnknownOperationException" if asked.protocol in ("json", "cbor") else "InvalidAction"
    return error_response(asked, "400 Bad Request", code, refused or f"not implemented by the pltui sandbox: {name}")
