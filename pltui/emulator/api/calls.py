"""Processing of every call: serialisation, due state changes, faults, DryRun, filters, pages, and reports of writes."""

import threading

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.exceptions import DryRunClientError
from moto.ec2.responses import EC2Response

from pltui.emulator.api import (
    characters,
    consistency,
    incomplete,
    injected_errors,
    pages,
    parameters,
    request_validation,
    throttling,
)
from pltui.emulator.api.errors import Refusal
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.api.throttling import READING
from pltui.emulator.front import account_of_call
from pltui.emulator.moto_adapter.calls import Call, MotoAnswer, Sent, action_of, is_dry_run, with_common_headers
from pltui.emulator.moto_adapter.values import Moto

_written = threading.local()


def install(lab: ApiContext) -> None:
    """Install the processing around every call and every response."""
    lab.around(BaseResponse, call_action, serialized=serialize)


def take_writes() -> list[tuple[str, str]]:
    """Return (service, action) of the writes in this thread since the last call of this function."""
    calls: list[tuple[str, str]] = getattr(_written, "calls", [])
    _written.calls = []
    return calls


def call_action(lab: ApiContext, moto: Moto, response: Call) -> object:
    """Process one call under the lock: apply due state changes, check, execute, and record a write."""
    action, service = action_of(response), response.service_name or ""
    account_of_call.set(response.current_account)
    with lab.lock:
        lab.settle()
        try:
            _check(lab, response, service, action)
        except ServiceException as refusal:
            answer = _serialize_error(response, refusal)
        else:
            answer = _carried_out(moto, response, service, action)
        if answer[0] < 400 and not action.startswith(READING):
            if service == "ec2":
                consistency.remember(lab, action, answer[2])
            _written.calls = [*getattr(_written, "calls", []), (service, action)]
    return answer


def _carried_out(moto: Moto, response: Call, service: str, action: str) -> Sent:
    """Execute the call. An operation that moto lacks is InvalidAction in every service (EC2 API reference)."""
    try:
        sent: Sent = moto(response)
        return sent
    except NotImplementedError:
        lacking = Refusal("InvalidAction", f"not implemented by the pltui sandbox: {service}:{action}")
        return _serialize_error(response, lacking)


def _check(lab: ApiContext, response: Call, service: str, action: str) -> None:
    """Raise the errors that AWS answers before it does anything."""
    if injected := injected_errors.refusal(lab, response, service, action):
        raise injected
    if throttled := throttling.refusal(lab, response, service, action):
        raise throttled
    own_network = throttling.is_own_network(response)
    _check_parameters(response, service, action, own_network)
    if isinstance(response, EC2Response):
        if is_dry_run(response):
            # EC2 API reference, DryRun: permission and parameters are checked, and nothing is done.
            raise DryRunClientError()
        if not own_network and (lost := consistency.visibility_error(lab, action, response.params)):
            raise lost
    response.wanted_page = None
    if response.automated_parameter_parsing and action.startswith(READING):
        response.wanted_page = pages.take_wanted(service, action, response.params)


def _check_parameters(response: Call, service: str, action: str, own_network: bool) -> None:
    """Raise the errors of malformed, invalid, missing and unimplemented parameters."""
    if unfit := characters.refusal(response, service):
        raise unfit
    if not own_network and (invalid := request_validation.refusal(response, service, action)):
        raise invalid
    if not own_network and (lacking := incomplete.refusal(response, service, action)):
        raise lacking
    if unimplemented := parameters.refusal(response, service, action):
        raise unimplemented


def serialize(lab: ApiContext, moto: Moto, response: Call, action_result: MotoAnswer) -> object:
    """Serialize a result, without resources that are not visible yet and cut to the requested page.

    Errors get the HTTP status that AWS has for them.
    """
    result = action_result.result
    if isinstance(result, ServiceException):
        status, headers, body = moto(response, action_result)
        service, action = response.service_name or "", action_of(response)
        return injected_errors.status(result, service, action, status), headers, body
    if isinstance(result, dict):
        if isinstance(response, EC2Response) and not throttling.is_own_network(response):
            result = consistency.visible(lab, result)
        if wanted := getattr(response, "wanted_page", None):
            result = pages.cut(wanted, result)
    if result is not action_result.result:
        action_result = ActionResult(result)
    return moto(response, action_result)


def _serialize_error(response: Call, error: ServiceException) -> Sent:
    return with_common_headers(response, response.serialized(ActionResult(error)))
