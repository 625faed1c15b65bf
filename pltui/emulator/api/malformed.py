"""Requests to a service of the lab that cannot be read as a call: no text, no operation, or none of its API versions.

moto raises for them, or answers with an empty page. The codes are AWS's (common errors of the query services, and EC2
API reference, error codes); the wordings are believed.
"""

from wsgiref.types import WSGIEnvironment

from pltui.emulator.api.parameters import table
from pltui.emulator.api.protocol_errors import FORM, Asked

_CODES = {"ssm": "SerializationException", "route53": "InvalidInput"}
"""Codes of a body that cannot be read, where it is not MalformedInput."""
_QUERY = frozenset({"ec2", "elbv2", "iam", "sts"})
_METHODS = ("GET", "POST")
_VERSIONS = {"elbv2": ("2015-12-01",)}
"""API versions, where the version decides which service answers."""


def malformation(environ: WSGIEnvironment, asked: Asked) -> tuple[str, str] | None:
    """The error code and message of a malformed request; None for others, and for services that are not the lab's."""
    if asked.service not in table():
        return None
    stream = environ["wsgi.input"]
    stream.seek(0)
    try:
        stream.read().decode()
    except UnicodeDecodeError:
        return _CODES.get(asked.service, "MalformedInput"), "The body is not UTF-8."
    finally:
        stream.seek(0)
    if asked.service == "ssm" and environ.get("CONTENT_TYPE", "").startswith(FORM):
        return "SerializationException", "The body of a call is JSON."
    if asked.service not in _QUERY:
        return None
    if environ["REQUEST_METHOD"] not in _METHODS:
        return "InvalidAction", f"{environ['REQUEST_METHOD']} is not a method of this service."
    if not asked.query.get("Action"):
        return "MissingAction", "The request is missing an action."
    version = asked.query.get("Version", "NO_VERSION_SPECIFIED")
    if version not in _VERSIONS.get(asked.service, (version,)):
        return "InvalidAction", f"Could not find operation {asked.operation} for version {version}"
    return None
