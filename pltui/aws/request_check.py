"""Validation of every request before it is sent: enabled in tests, where sandbox and fakes may be too lenient."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

VIOLATIONS_FILE = "PLTUI_REQUEST_VIOLATIONS"
"""Environment variable: where invalid requests are written, one line of JSON each. Child processes inherit it."""


class InvalidRequestError(AssertionError):
    """A request that AWS would reject. Not a CloudError, so that no code can mistake it for an answer of AWS."""


def check_requests(client: Any) -> None:
    """Validate each request of a botocore client, if the environment variable is set."""
    file = os.environ.get(VIOLATIONS_FILE)
    if not file:
        return
    from pltui.aws_requests import RequestValidator

    service, validator = client.meta.service_model.service_name, RequestValidator(client.meta.service_model)

    def check(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if found := validator.violations(model.name, params):
            write_report(file, service, model.name, [str(violation) for violation in found])

    # After botocore's own handlers, which strip prefixes of Route 53's ids and encode user data.
    client.meta.events.register_last("before-parameter-build", check)


def write_report(file: str, service: str, operation: str, violations: list[str]) -> None:
    """Write the violations of a request to `file`.

    Raises:
        InvalidRequestError: Always.
    """
    line = {"service": service, "operation": operation, "violations": violations, "process": os.getpid()}
    with open(file, "a", encoding="utf-8") as lines:  # noqa: PTH123  # one write, appended: processes share the file
        lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    raise InvalidRequestError(f"{service} {operation}: {'; '.join(violations)}")
