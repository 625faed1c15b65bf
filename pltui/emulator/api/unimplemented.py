"""Errors for operations and services that the sandbox does not have, in the protocol of the request.

moto raises, or answers with a web page, if it lacks an operation. AWS's own code for an unknown one is InvalidAction
(EC2 API reference, error codes) in the XML protocols, and UnknownOperationException in the JSON ones.
"""

import json
import logging
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment
from xml.sax.saxutils import escape

from pltui.emulator.api.parameters import table
from pltui.emulator.api.server import StartResponse, WsgiApp

_log = logging.getLogger(__name__)

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/[a-z0-9-]+/([a-z0-9-]{1,60})/", re.ASCII)
_RPC_PATH = re.compile(r"/service/[^/]+/operation/(\w+)$")
_SERVICES = {"elasticloadbalancing": "elbv2"}
"""Names in the table of implemented parameters, by the names that requests are signed with."""
_CLASSIC = "2012-06-01"
"""API version of classic load balancers, whose requests are signed with the service name of newer ones."""
_IN_XML = frozenset({"route53", "s3", "s3-outposts", "cloudfront"})
"""REST services with responses in XML (botocore's models)."""
_FORM = "application/x-www-form-urlencoded"
_NO_ANSWER = b"<!doctype html"
"""The beginning of the web page with which moto's web framework answers an unknown operation."""


class Asked(NamedTuple):
    """The operation of a request, and the protocol of its response."""

    service: str
    operation: str
    protocol: str  # ec2, query, rest-xml, json or cbor


def answer_for_lacking(moto: WsgiApp) -> WsgiApp:
    """Wrap moto so that requests it cannot answer get an error of AWS's form."""

    def answering(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started: list[tuple[str, tuple[object, ...]]] = []

        def note(status: str, *headers: object) -> None:
            started[:] = [(status, headers)]

        try:
            parts = moto(environ, note)
            body = b"".join(parts)
        except Exception:
            _log.exception("no answer to %s %s", environ["REQUEST_METHOD"], environ.get("PATH_INFO"))
        else:
            if hasattr(parts, "close"):
                parts.close()
            status, rest = started[0]
            if status[:1] == "2" or body[: len(_NO_ANSWER)].lower() != _NO_ANSWER:
                start_response(status, *rest)
                return [body]
        status, headers, body = _error(_parse_call(environ))
        start_response(status, headers)
        return [body]

    return answering


def _parse_call(environ: WSGIEnvironment) -> Asked:
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = _SERVICES.get(scope[1], scope[1]) if scope else "unknown"
    path = environ.get("PATH_INFO", "")
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return Asked(service, str(target).rpartition(".")[2], "json")
    if rpc := _RPC_PATH.search(path):
        return Asked(service, rpc[1], "cbor" if environ.get("HTTP_SMITHY_PROTOCOL") else "json")
    if action := (query := _query_of(environ)).get("Action"):
        service = "elb" if query.get("Version") == _CLASSIC else service
        return Asked(service, action, "ec2" if service == "ec2" else "query")
    return Asked(service, f"{environ['REQUEST_METHOD']} {path}", "rest-xml" if service in _IN_XML else "json")


def _query_of(environ: WSGIEnvironment) -> dict[str, str]:
    """The parameters of a call of the query protocol, whose body has been read; empty for any other call."""
    stream = environ["wsgi.input"]
    if not environ.get("CONTENT_TYPE", "").startswith(_FORM) or not stream.seekable():
        return {}
    stream.seek(0)
    return {name: values[0] for name, values in parse_qs(stream.read().decode("utf-8", "replace")).items()}


def _error(asked: Asked) -> tuple[str, list[tuple[str, str]], bytes]:
    """The error response. An implemented operation that failed, with unknown effects, is AWS's InternalFailure."""
    failed = asked.operation in table().get(asked.service, {})
    name = f"{asked.service}:{asked.operation}"
    message = f"{name} failed in the pltui sandbox" if failed else f"not implemented by the pltui sandbox: {name}"
    in_json = asked.protocol in ("json", "cbor")
    code = "InternalFailure" if failed else "UnknownOperationException" if in_json else "InvalidAction"
    headers = [("x-amzn-ErrorType", code)] if in_json else []
    kind, body = _WRITERS[asked.protocol](code, message)
    headers += [("Content-Type", kind), ("Content-Length", str(len(body)))]
    if asked.protocol == "cbor":
        headers.append(("smithy-protocol", "rpc-v2-cbor"))
    return "500 Internal Server Error" if failed else "400 Bad Request", headers, body


def _ec2(code: str, message: str) -> tuple[str, bytes]:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return "text/xml", f"<Response><Errors>{error}</Errors><RequestID>sandbox</RequestID></Response>".encode()


def _query(code: str, message: str) -> tuple[str, bytes]:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return "text/xml", f"<ErrorResponse>{error}<RequestId>sandbox</RequestId></ErrorResponse>".encode()


def _json(code: str, message: str) -> tuple[str, bytes]:
    return "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()


def _cbor(code: str, message: str) -> tuple[str, bytes]:
    """A map of two texts (RFC 8949: 0xA2 is a map of two pairs, 0x79 a text with two octets of length)."""
    texts = b"".join(b"\x79" + len(each).to_bytes(2) + each for each in _octets("__type", code, "message", message))
    return "application/cbor", b"\xa2" + texts


def _octets(*texts: str) -> Iterable[bytes]:
    return (each.encode() for each in texts)


_WRITERS = {"ec2": _ec2, "query": _query, "rest-xml": _query, "json": _json, "cbor": _cbor}
