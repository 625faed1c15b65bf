"""Injected errors: calls of an operation fail with an error of the catalogue, and nothing is done."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pltui.aws_errors import CatalogueEntry, find, find_injectable
from pltui.emulator.api.errors import Refusal
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.api.throttling import is_own_network
from pltui.emulator.moto_adapter.calls import Call
from pltui.emulator.moto_adapter.registries import ec2_of
from pltui.emulator.moto_adapter.values import Structure


class InjectedError(Refusal):
    """An error with the HTTP status of its catalogue entry."""

    def __init__(self, entry: CatalogueEntry, message: str) -> None:
        super().__init__(entry.code, message)
        self.status = entry.status


def refusal(lab: ApiContext, response: Call, service: str, action: str) -> Exception | None:
    """The error that a fault has for this call. Of several faults, the first that has calls left applies."""
    subject = f"{service}:{action}"
    faults = [fault for fault in lab.faults.faults if fault.kind == "error" and fault.subject == subject]
    if not faults or is_own_network(response):
        return None
    for fault in faults:
        entry = find_injectable(fault.error, service, action)
        if entry and not entry.state and lab.faults.use(fault.id):
            return InjectedError(entry, entry.wording(**_values(response, service, action)))
    return None


def failure(lab: ApiContext, subject: str) -> CatalogueEntry | None:
    """The state reason with which a resource just created by `subject` must fail; None without a fault.

    `subject` is an operation such as ec2:RunInstances.
    """
    for fault in lab.faults.faults:
        if fault.kind == "error" and fault.subject == subject:
            entry = find_injectable(fault.error, *subject.split(":"))
            if entry and entry.state and lab.faults.use(fault.id):
                return entry
    return None


def status(error: Exception, service: str, action: str, default: int) -> int:
    """The HTTP status of one of the sandbox's own errors, according to the catalogue."""
    if isinstance(error, InjectedError):
        return error.status
    entry = find(getattr(error, "code", ""), getattr(error, "message", ""), service, action)
    return entry.status if entry and not entry.is_family and entry.is_of(service) else default


def _values(response: Call, service: str, action: str) -> dict[str, str]:
    """The facts that a message may contain: the caller, the region, and the parameters of the call."""
    account, region = str(response.current_account), str(response.region)
    parameters = {name: _first_text(value) for name, value in _parameters(response).items()}
    found = {
        "account": account,
        "region": region,
        "zone": _zone(account, region, parameters.get("SubnetId") or parameters.get("Subnets") or ""),
        "operation": action,
        "action": f"{'elasticloadbalancing' if service == 'elbv2' else service}:{action}",
        "caller": f"arn:{response.partition}:iam::{account}:user/sandbox",
    }
    return found | {name: text for name, text in parameters.items() if text}


def _zone(account: str, region: str, subnet: str) -> str:
    """The zone of a subnet; the region's first one if there is no such subnet."""
    found = ec2_of(account, region).describe_subnets()
    return next((str(each.availability_zone) for each in found if each.id == subnet), f"{region}a")


def _parameters(response: Call) -> Structure:
    """The parameters of a call. Those of JSON services moto parses only in part."""
    if (params := getattr(response, "params", None)) is not None:
        return dict(params)
    try:
        document = json.loads(response.body or "{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _first_text(value: object) -> str:
    """The first string of a parameter: an id, or the first of a list or structure."""
    match value:
        case str():
            return value
        case Mapping():
            return next(filter(None, map(_first_text, value.values())), "")
        case list() | tuple():
            return next(filter(None, map(_first_text, value)), "")
    return ""
