"""The smallest request that an operation's model admits."""

from typing import Any

from botocore.model import OperationModel, Shape

VALUES = {"boolean": True, "timestamp": 0, "blob": b"x"}
TEXTS = {  # by shape: of those with a pattern
    "AccountID": "123456789012",
    "FlexCostAllocationPolicyId": "fcap-0123456789abcdef0",
    "FlexCostAllocationPolicyAssociationId": "fcapassoc-0123456789abcdef0",
}


def smallest_request(operation: OperationModel) -> dict[str, Any]:
    """Only what is required, at any depth; a structure below has one member at least, or it would not be sent."""
    return dict(_smallest(operation.input_shape)) if operation.input_shape else {}


def _smallest(shape: Shape, depth: int = 0) -> Any:
    limits = shape.metadata
    match shape.type_name:
        case "structure":
            members = shape.required_members or list(shape.members)[: min(depth, 1)]
            return {member: _smallest(shape.members[member], depth + 1) for member in members}
        case "list":
            return [_smallest(shape.member, depth + 1)] * max(1, limits.get("min", 1))
        case "map":
            return {}
        case "string":
            return (
                limits["enum"][0] if limits.get("enum") else TEXTS.get(shape.name, "x" * max(1, limits.get("min", 1)))
            )
        case "integer" | "long" | "float" | "double":
            return limits.get("min", 1)
    return VALUES[shape.type_name]
