"""An account that answers every read with what the AWS CLI documents for it."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import Shape
from botocore.session import get_session
from botocore.utils import parse_timestamp

from pltui.resources.base import ADDRESS_TAG, LAB_TAG
from tests.aws.cli_examples import CALLS, examples

Item = dict[str, Any]
LAB = "documented"
COMMANDS = {(service, name): command for service, commands in CALLS.items() for command, name in commands.items()}


def documented(service: str, operation: str) -> Item:
    """All outputs of one call as one answer, in botocore's types."""
    answer: Item = {}
    for output in examples(service, COMMANDS[service, operation]):
        for key, value in output.items():
            answer[key] = [*answer.get(key, []), *value] if isinstance(value, list) else value
    shape = get_session().get_service_model(service).operation_model(operation).output_shape
    return dict(_typed(shape, answer)) if shape else answer


def _typed(shape: Shape, value: Any) -> Any:
    """Times parsed, as botocore does."""
    match shape.type_name:
        case "timestamp":
            return parse_timestamp(value)
        case "list":
            return [_typed(shape.member, item) for item in value]
        case "structure":
            return {
                key: _typed(shape.members[key], item) if key in shape.members else item for key, item in value.items()
            }
    return value


class Replay:
    """A `pltui.aws.transport.Wire`. Each resource that can carry tags is of the lab called LAB.

    `change` may alter an answer, such as to add an object that the examples do not show.
    """

    def __init__(self, change: Mapping[str, Callable[[Item], object]] | None = None) -> None:
        self._change = dict(change or {})

    async def prepare(self, *services: str) -> None:
        """There is nothing to make ready."""

    async def send(self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0) -> Item:
        answer = self._answer(service, operation, parameters)
        if operation in self._change:
            self._change[operation](answer)
        for items in (value for value in answer.values() if isinstance(value, list)):
            for item in items:
                _claim(item)
                for instance in item.get("Instances", ()) if isinstance(item, dict) else ():
                    _claim(instance)
        return answer

    def _answer(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Item:
        if operation == "DescribeTags":
            return {"TagDescriptions": [{"ResourceArn": arn, "Tags": []} for arn in parameters["ResourceArns"]]}
        if (service, operation) in COMMANDS:
            return documented(service, operation)
        return {}


def _claim(item: object) -> None:
    if isinstance(item, dict):
        kept = [tag for tag in item.get("Tags", []) if tag["Key"] not in (LAB_TAG, ADDRESS_TAG)]
        item["Tags"] = [*kept, {"Key": LAB_TAG, "Value": LAB}, {"Key": ADDRESS_TAG, "Value": "documented/it"}]
