"""Rejection of invalid requests, by AWS's service models and by rules that AWS states only in prose."""

import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from xml.etree.ElementTree import ParseError

from botocore.model import OperationModel, OperationNotFoundError
from moto.core.parse import RequestParserError
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from pltui.aws_requests import RequestValidator, Violation, ViolationKind
from pltui.aws_requests.answers import Answer, answer, unknown_parameter
from pltui.aws_requests.query import first_malformed, first_unknown
from pltui.emulator.api.errors import Refusal
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.calls import Call
from pltui.emulator.moto_adapter.values import Moto

SERVICES = frozenset({"ec2", "elbv2", "iam", "route53", "ssm", "sts"})
"""Services of the lab. For others there are moto's own checks only."""

UNREADABLE = (
    ValueError,
    TypeError,
    AttributeError,
    ParseError,
    RecursionError,
    RequestParserError,
    OperationNotFoundError,
    NotImplementedError,
)
"""Errors that moto's parsers raise for malformed parameters, unknown operations and foreign protocols."""

MALFORMED = {"route53": "InvalidInput", "ssm": "SerializationException"}
"""Error codes for a request that cannot be parsed, where it is not MalformedInput."""


def install(lab: ApiContext) -> None:
    """Install a parser that keeps malformed parameters for `refusal`."""
    lab.around(BaseResponse, parse_parameters)


def parse_parameters(_lab: ApiContext, moto: Moto, response: Call, request: object) -> None:
    """Parse the parameters, and keep moto's error for `refusal`: raised here, it would not have AWS's form."""
    response.malformed = None
    try:
        moto(response, request)
    except UNREADABLE as malformed:
        response.params, response.malformed = {}, malformed


def refusal(response: Call, service: str, action: str) -> Exception | None:
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


def _of_parameters(operation: OperationModel, response: Call) -> Answer | None:
    service = operation.service_model.service_name
    try:
        parameters = _parameters(response)
    except ValueError as malformed:
        return _malformation_error(operation, response, malformed)
    found = _enforced_violations(service, _validator(service).violations(operation.name, parameters))
    return answer(operation, found, parameters) if found else None


def _parameters(response: Call) -> Mapping[str, object]:
    """The parameters by their names in the model. Those of Systems Manager moto leaves in the body.

    Raises:
        ValueError: If they are malformed.
    """
    if not response.automated_parameter_parsing:
        body = _document(response.body or "{}")
    elif response.malformed:
        raise ValueError(response.malformed)
    else:
        body = response.params
    if not isinstance(body, Mapping):
        raise ValueError(f"no structure: {body}")
    return body


def _document(text: str) -> object:
    """The JSON document.

    Raises:
        ValueError: If it is malformed, or too deep.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("the document is nested too deeply") from None


def _malformation_error(operation: OperationModel, response: Call, error: Exception) -> Answer:
    """The error of malformed parameters. The codes are known, the wordings are believed."""
    service = operation.service_model.service_name
    if service == "ec2" and (wrong := first_malformed(operation, response.querystring)):
        name, value = wrong
        return "InvalidParameterValue", f"Value ({value}) for parameter {name} is invalid. It must be an integer."
    return MALFORMED.get(service, "MalformedInput"), str(error)


def _enforced_violations(service: str, violations: Sequence[Violation]) -> Sequence[Violation]:
    """The violations without enumerations in another case: EC2 ignores case (believed)."""
    if service != "ec2":
        return violations
    return [each for each in violations if each.constraint.kind is not ViolationKind.ENUM or not _is_any_case(each)]


def _is_any_case(violation: Violation) -> bool:
    return str(violation.value).lower() in violation.constraint.limit.lower().split(", ")


@lru_cache(maxsize=1024)  # clients may send any action
def _operation(service: str, action: str) -> OperationModel | None:
    model = get_service_model(service)
    return model.operation_model(action) if action in model.operation_names else None


@cache
def _validator(service: str) -> RequestValidator:
    return RequestValidator(get_service_model(service))
