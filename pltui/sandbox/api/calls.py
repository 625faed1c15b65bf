"""What holds for every call: one at a time, time caught up with, DryRun, filters, and word of what was written."""

import re
import threading
from functools import cache
from typing import Any

from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model
from moto.ec2.exceptions import DryRunClientError
from moto.ec2.responses import EC2Response

from pltui.sandbox.api.errors import ec2_error
from pltui.sandbox.api.overlay import Lab, Moto

READING = ("Describe", "Get", "List", "Search", "Lookup", "Simulate")
"""How the names of actions that change nothing begin, over all of AWS."""

UNDOCUMENTED_FILTERS = frozenset({"domain", "cidr-block", "tag-value", "instance.group-id", "is-default"})
"""Accepted by EC2 though its API reference no longer lists them."""

_written = threading.local()


def install(lab: Lab) -> None:
    lab.around(BaseResponse, call_action)


def take_written() -> list[tuple[str, str]]:
    """(service, action) of the changes made in this thread since last asked."""
    calls: list[tuple[str, str]] = getattr(_written, "calls", [])
    _written.calls = []
    return calls


def call_action(lab: Lab, moto: Moto, response: Any) -> Any:
    action = response._get_action() or ""
    with lab.lock:
        lab.settle()
        refusal = _refusal(response, action) if isinstance(response, EC2Response) else None
        answer = _answered(response, refusal) if refusal else moto(response)
    if answer[0] < 400 and not action.startswith(READING):
        _written.calls = [*getattr(_written, "calls", []), (response.service_name or "", action)]
    return answer


def _refusal(response: Any, action: str) -> Exception | None:
    if (filters := response._get_param("Filters") or response._get_param("Filter")) and (known := _filters_of(action)):
        for name in (item.get("Name", "null") for item in filters):
            if not name.startswith("tag:") and _kebab(name) not in known:
                return ec2_error("InvalidParameterValue", f"The filter '{name}' is invalid")
    # EC2 API reference, DryRun: permission and parameters are checked, and nothing is done.
    return DryRunClientError() if response._get_bool_param("DryRun", False) else None


def _answered(response: Any, error: Exception) -> Any:
    status, headers, body = response.serialized(ActionResult(error))
    status = 412 if isinstance(error, DryRunClientError) else status
    headers, body = response._enrich_response({**headers, "status": status}, body)
    return status, headers, body


@cache
def _filters_of(action: str) -> frozenset[str]:
    """The filters an action's documentation lists (botocore's service model carries the API reference)."""
    members = get_service_model("ec2").operation_model(action).input_shape.members
    shape = members.get("Filters") or members.get("Filter")
    names = re.findall(r"<code>([^<]+)</code>", shape.documentation) if shape else []
    return frozenset(map(_kebab, names)) | UNDOCUMENTED_FILTERS if names else frozenset()


def _kebab(name: str) -> str:
    """EC2 takes `availabilityZone` for `availability-zone`, as older clients send."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
