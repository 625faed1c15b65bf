"""What calls there are and what they take: botocore's models of the services, as installed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.model import ServiceModel, Shape
from botocore.session import get_session
from botocore.validate import ParamValidator

from tests.fakeaws.world import OPERATIONS

_VALIDATOR = ParamValidator()


def check(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Raises AssertionError for a call botocore would not send, or that is not served here."""
    shape = _input(service, operation)
    assert (service, operation) in OPERATIONS, f"{service} {operation} is not served"
    if shape is None:
        assert not parameters, f"{operation} takes no parameters: {parameters}"
        return
    report = _VALIDATOR.validate(dict(parameters), shape)
    assert not report.has_errors(), f"{service} {operation}: {report.generate_report()}"


@cache
def _model(service: str) -> ServiceModel:
    return get_session().get_service_model(service)


@cache
def _input(service: str, operation: str) -> Shape | None:
    model = _model(service)
    assert operation in model.operation_names, f"{service} has no {operation}"
    shape: Shape | None = model.operation_model(operation).input_shape
    return shape
