"""Requests that AWS rejects before it does anything, by its service models and by rules that it states in prose."""

import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any
from xml.etree.ElementTree import ParseError

from botocore.model import OperationModel
from moto.core.parse import RequestParserError
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from pltui.aws_requests import RequestValidator, Violation, ViolationKind
from pltui.aws_requests.answers import Answer, answer, unknown_parameter
from pltui.aws_requests.query import first_malformed, first_unknown
from pltui.emulator.api.errors import Refusal
from pltui.emulator.api.overlay import ApiContext, Moto

SERVICES = frozenset({"ec2", "elbv2", "iam", "route53", "ssm", "sts"})
"""Services of the lab. Of others, moto's own checks are all there is."""

MALFORMED = {"route53": "InvalidInput", "ssm": "SerializationException"}
"""Error codes for a request that cannot be parsed, where it is not MalformedInput."""


def install(lab: ApiContext) -> None:
    lab.around(BaseResponse, parse_parameters)


def parse_parameters(_lab: ApiContext, moto: Moto, response: Any, request: Any) -> None:
    """Keep what moto cannot parse for `refusal`: an error here would be no answer of AWS's."""
    response.malformed = None
    try:
        moto(response, request)
    except (ValueError, TypeError, AttributeError, ParseError, RequestParserError) as malformed:
        response.params, response.malformed = {}, malformed


def refusal(response: Any, service: str, action: str) -> Exception | None:
    """AWS's error for the call of moto's `response`; None for a valid one, and for an action without a model."""
    operation = _operation(service, action) if service in SERVICES else None
    if operation is None:
        return None
    error = _of_query(operation, response.querystring) if service == "ec2" else None
    return Refusal(*error) if (error := error or _of_parameters(operation, response)) else None


def _of_query(operation: OperationModel, query: Mapping[str, list[str]]) -> Answer | None:
    if unknown := first_unknown(operation, query):
        return unknown_parameter(unknown)
    return None


def _of_parameters(operation: OperationModel, response: Any) -> Answer | None:
    service = operation.service_model.service_name
    try:
        parameters = _parameters(response)
    except ValueError as malformed:
        return _malformed(operation, response, malformed)
    found = _enforced(service, _validator(service).violations(operation.name, parameters))
    return answer(operation, found, parameters) if found else None


def _parameters(response: Any) -> Mapping[str, Any]:
    """By their names in the model; those of Systems Manager moto leaves in the body. Raises ValueError."""
    if not response.automated_parameter_parsing:
        body = json.loads(response.body or "{}")
    elif response.malformed:
        raise ValueError(response.malformed)
    else:
        body = response.params
    if not isinstance(body, Mapping):
        raise ValueError(f"no structure: {body}")
    return body


def _malformed(operation: OperationModel, response: Any, error: Exception) -> Answer:
    """The codes are known, the wordings are believed."""
    service = operation.service_model.service_name
    if service == "ec2" and (wrong := first_malformed(operation, response.querystring)):
        name, value = wrong
        return "InvalidParameterValue", f"Value ({value}) for parameter {name} is invalid. It must be an integer."
    return MALFORMED.get(service, "MalformedInput"), str(error)


def _enforced(service: str, violations: Sequence[Violation]) -> Sequence[Violation]:
    """EC2 reads values without regard to case (believed)."""
    if service != "ec2":
        return violations
    return [each for each in violations if each.constraint.kind is not ViolationKind.ENUM or not _is_any_case(each)]


def _is_any_case(violation: Violation) -> bool:
    return str(violation.value).lower() in violation.constraint.limit.lower().split(", ")


@lru_cache(maxsize=1024)  # anything may be sent as an action
def _operation(service: str, action: str) -> OperationModel | None:
    model = get_service_model(service)
    return model.operation_model(action) if action in model.operation_names else None


@cache
def _validator(service: str) -> RequestValidator:
    return RequestValidator(get_service_model(service))
