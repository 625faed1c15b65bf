"""The validator of one service's requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.model import ServiceModel

from pltui.aws_requests import prose
from pltui.aws_requests.checks import Check, Compiler
from pltui.aws_requests.filters import documented_filters, filter_violations
from pltui.aws_requests.violation import Constraint, Violation, ViolationKind


class RequestValidator:
    """Validator of parameters after botocore's own preprocessing: ids without prefix, user data in base64.

    Each operation is compiled at its first request.
    """

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._compiler = Compiler(prose.of_service(model.service_name))
        self._operations: dict[str, tuple[Check | None, frozenset[str]]] = {}

    def violations(self, operation: str, parameters: Mapping[str, Any]) -> Sequence[Violation]:
        """All violations of a request.

        Raises:
            OperationNotFoundError: If the service has no such operation (botocore's error).
        """
        check, filters = self._operations.get(operation) or self._compile_check(operation)
        if check is None:
            unknown = Constraint(kind=ViolationKind.UNKNOWN)
            return [Violation((name,), value, unknown) for name, value in parameters.items()]
        found = check.violations(parameters)
        return [*found, *filter_violations(filters, parameters)] if filters else found

    def _compile_check(self, name: str) -> tuple[Check | None, frozenset[str]]:
        operation = self._model.operation_model(name)
        check = self._compiler.compile(operation.input_shape) if operation.input_shape else None
        filters = documented_filters(operation) if self._model.service_name == "ec2" else frozenset()
        return self._operations.setdefault(name, (check, filters))
