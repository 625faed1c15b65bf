"""What calls there are and what they take: botocore's models of the services, as installed."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.model import OperationModel, ServiceModel
from botocore.session import Session, get_session

from pltui.aws_requests import RequestValidator
from pltui.aws_requests.answers import answer
from tests.fakeaws.world import OPERATIONS


def rejection(service: str, operation: str, parameters: Mapping[str, Any]) -> tuple[str, str] | None:
    """(code, message) of AWS's answer to an invalid call. Raises AssertionError for one that is not served here."""
    assert (service, operation) in OPERATIONS, f"{service} {operation} is not served"
    sent = _as_sent(service, operation, parameters)
    if not (found := _validator(service).violations(operation, sent)):
        return None
    answered = answer(_operation(service, operation), found, sent)
    return answered or ("", "; ".join(map(str, found)))


def _as_sent(service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters after botocore's own handlers: ids of Route 53 without prefix, user data in base64."""
    sent, model = dict(parameters), _operation(service, operation)
    event = f"before-parameter-build.{model.service_model.service_id.hyphenize()}.{operation}"
    _session().get_component("event_emitter").emit(event, params=sent, model=model, context={})
    return sent


@cache
def _session() -> Session:
    return get_session()


@cache
def _service(name: str) -> ServiceModel:
    return _session().get_service_model(name)


@cache
def _operation(service: str, name: str) -> OperationModel:
    return _service(service).operation_model(name)


@cache
def _validator(service: str) -> RequestValidator:
    return RequestValidator(_service(service))
