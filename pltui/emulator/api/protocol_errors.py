"""Error responses in the protocol of the request: XML for query and REST-XML services, JSON or CBOR for others."""

import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment
from xml.sax.saxutils import escape

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/[a-z0-9-]+/([a-z0-9-]{1,60})/", re.ASCII)
_RPC_PATH = re.compile(r"/service/[^/]+/operation/(\w+)$")
_SERVICES = {"elasticloadbalancing": "elbv2"}
"""Names in the table of implemented parameters, by the names that requests are signed with."""
_CLASSIC = "2012-06-01"
"""API version of classic load balancers, whose requests are signed with the service name of newer ones."""
_IN_XML = frozenset({"route53", "s3", "s3-outposts", "cloudfront"})
"""REST services with responses in XML (botocore's models)."""
_IN_QUERY = frozenset({"ec2", "elbv2", "iam", "sts", "sns"})
"""Query services with responses in XML, also if the request has no operation."""
FORM = "application/x-www-form-urlencoded"
# Characters that XML 1.0 cannot carry (W3C recommendation, section 2.2).
_UNFIT = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


class Asked(NamedTuple):
    """The operation of a request, and the protocol of its response."""

    service: str
    operation: str
    protocol: str  # ec2, query, rest-xml, json or cbor
    query: Mapping[str, str] = MappingProxyType({})  # parameters of the query protocol


class ErrorResponse(NamedTuple):
    """An error as WSGI sends it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def parse_call(environ: WSGIEnvironment) -> Asked:
    """The operation and protocol that a request names; the operation is the method and path if there is no other."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = _SERVICES.get(scope[1], scope[1]) if scope else "unknown"
    path = environ.get("PATH_INFO", "")
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return Asked(service, str(target).rpartition(".")[2], "json")
    if rpc := _RPC_PATH.search(path):
        return Asked(service, rpc[1], "cbor" if environ.get("HTTP_SMITHY_PROTOCOL") else "json")
    query = _query_of(environ)
    if (stream := environ.get("wsgi.input")) is not None and stream.seekable():
        stream.seek(0)
    action = query.get("Action")
    if action or service in _IN_QUERY or environ.get("CONTENT_TYPE", "").startswith(FORM):
        service = "elb" if query.get("Version") == _CLASSIC else service
        named = action or f"{environ['REQUEST_METHOD']} {path}"
        return Asked(service, named, "ec2" if service == "ec2" else "query", query)
    return Asked(service, f"{environ['REQUEST_METHOD']} {path}", "rest-xml" if service in _IN_XML else "json")


def _query_of(environ: WSGIEnvironment) -> dict[str, str]:
    """The parameters of a call of the query protocol, of its body if that has been read; empty for any other call."""
    text = environ.get("QUERY_STRING", "")
    stream = environ.get("wsgi.input")
    is_form = environ["REQUEST_METHOD"] == "POST" and environ.get("CONTENT_TYPE", "").startswith(FORM)
    if is_form and stream is not None and stream.seekable():
        stream.seek(0)
        text = f"{text}&{stream.read().decode('utf-8', 'replace')}"
    try:
        return {name: values[0] for name, values in parse_qs(text).items()}
    except ValueError:  # more fields than urllib parses
        return {}


def error_response(asked: Asked, status: str, code: str, message: str) -> ErrorResponse:
    """The error in the protocol of the request."""
    headers = [("x-amzn-ErrorType", code)] if asked.protocol in ("json", "cbor") else []
    kind, body = _WRITERS[asked.protocol](code, _UNFIT.sub("\ufffd", message))
    headers += [("Content-Type", kind), ("Content-Length", str(len(body)))]
    if asked.protocol == "cbor":
        headers.append(("smithy-protocol", "rpc-v2-cbor"))
    return ErrorResponse(status, headers, body)


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
    return (each.encode()[:65535] for each in texts)


_WRITERS = {"ec2": _ec2, "query": _query, "rest-xml": _query, "json": _json, "cbor": _cbor}
