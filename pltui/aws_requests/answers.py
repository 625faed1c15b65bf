"""AWS's answers to invalid requests: the code and the message of the error, in each service's own wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.model import OperationModel

from pltui.aws_requests.violation import Constraint, Violation, ViolationKind

Answer = tuple[str, str]
CODES = {"route53": "InvalidInput", "ssm": "ValidationException"}
"""Error codes of services that do not answer ValidationError."""

XML_NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"  # of Route 53's one API version

# Facets of an XML schema, by kind of constraint.
_FACETS = {
    ViolationKind.ENUM: "enumeration",
    ViolationKind.MIN_VALUE: "minInclusive",
    ViolationKind.MAX_VALUE: "maxInclusive",
    ViolationKind.MIN_LENGTH: "minLength",
    ViolationKind.MAX_LENGTH: "maxLength",
    ViolationKind.PATTERN: "pattern",
}


# EC2's own answers to some invalid requests, as tools show them in public logs.
_NO_INSTANCES = frozenset({"RebootInstances", "StartInstances", "StopInstances", "TerminateInstances"})
_TAGGING = frozenset({"CreateTags", "DeleteTags"})
_TAG_TYPE = "'{value}' is not a valid taggable resource type for this operation."
_ATTRIBUTE = "Value ({value}) for parameter attribute is invalid. Unknown attribute."


def answer(operation: OperationModel, violations: Sequence[Violation], parameters: Mapping[str, Any]) -> Answer | None:
    """The error of a request with these violations; None where the service ignores all of them.

    Services other than EC2 ignore members that they do not know (believed).
    """
    service = operation.service_model.service_name
    if service == "ec2":
        return _ec2_answer(operation, violations[0])
    told = [violation for violation in violations if violation.constraint.kind is not ViolationKind.UNKNOWN]
    if not told:
        return None
    first, code = told[0], CODES.get(service, "ValidationError")
    if first.constraint.message:
        return first.constraint.code or code, _own_message(first)
    if service == "route53" and _in_body(operation, first):
        return code, f"Invalid XML ; {_schema_error(first)}"
    if service == "ssm" and first.constraint.kind is ViolationKind.TYPE:
        return "SerializationException", ""
    plain = [violation for violation in told if not violation.constraint.message]
    plural = "s" if len(plain) > 1 else ""
    texts = "; ".join(_format_violation(violation, parameters) for violation in plain)
    return code, f"{len(plain)} validation error{plural} detected: {texts}"


def _own_message(violation: Violation) -> str:
    return violation.constraint.message.replace("{value}", str(violation.value))


# -- EC2 ---------------------------------------------------------------------------------------------------------------


def unknown_parameter(name: str) -> Answer:
    """EC2's error for a parameter that it does not know.

    Seen: aws/aws-sdk-cpp#327, chef/knife-ec2#444.
    """
    return "UnknownParameter", f"The parameter {name} is not recognized"


def _ec2_answer(operation: OperationModel, violation: Violation) -> Answer:
    constraint, name = violation.constraint, str(violation.path[-1])
    if constraint.message:
        return constraint.code or "InvalidParameterValue", _own_message(violation)
    match constraint.kind:
        case ViolationKind.UNKNOWN:
            return unknown_parameter(name)
        case ViolationKind.REQUIRED:
            return _missing_parameter(operation, violation)
        case ViolationKind.FILTER:
            value = "null" if violation.value is None else violation.value
            return "InvalidParameterValue", f"The filter '{value}' is invalid"
        case ViolationKind.MIN_VALUE | ViolationKind.MAX_VALUE:
            bound = "greater" if constraint.kind is ViolationKind.MIN_VALUE else "less"
            text = f"Value ( {violation.value} ) for parameter {_lower_first(name)} is invalid."
            return "InvalidParameterValue", f"{text} Expecting a value {bound} than {constraint.limit}."
    if constraint.kind is ViolationKind.ENUM and violation.path[0] == "TagSpecifications" and name == "ResourceType":
        return "InvalidParameterValue", _TAG_TYPE.replace("{value}", str(violation.value))
    if constraint.kind is ViolationKind.ENUM and violation.path == ("Attribute",):
        return "InvalidParameterValue", _ATTRIBUTE.replace("{value}", str(violation.value))
    names = ".".join(_lower_first(part) for part in violation.path if isinstance(part, str))
    return "InvalidParameterValue", f"Value ({violation.value}) for parameter {names} is invalid."


def _missing_parameter(operation: OperationModel, violation: Violation) -> Answer:
    """EC2's error for a missing parameter, named as on the wire. Seen: boto/boto3#347."""
    if operation.name in _NO_INSTANCES and violation.path == ("InstanceIds",):
        return "InvalidParameterCombination", "No instances specified"
    resources = operation.name in _TAGGING and violation.path == ("Resources",)
    name = "resourceIdSet" if resources else _wire_name(operation, violation)
    return "MissingParameter", f"The request must contain the parameter {name}"


def wire_name(name: str, serialization: Mapping[str, Any]) -> str:
    """The name of a member in EC2's query (Smithy, AWS EC2 query protocol: query key resolution)."""
    found = serialization.get("queryName") or serialization.get("name") or name
    return str(found[:1].upper() + found[1:])


def _wire_name(operation: OperationModel, violation: Violation) -> str:
    shape, name = operation.input_shape, ""
    for part in violation.path:
        if isinstance(part, int):
            shape = shape.member
        else:
            name, shape = part, shape.members[part]
    return wire_name(name, shape.serialization)


# -- services that validate by the model -------------------------------------------------------------------------------


def _format_violation(violation: Violation, parameters: Mapping[str, Any]) -> str:
    """One violation, in the words of services that validate by the model.

    Seen: kubernetes-sigs/aws-load-balancer-controller#4014, zalando-incubator/kube-ingress-aws-controller#139.
    """
    path, value, constraint = violation.path, violation.value, str(violation.constraint)
    if path and isinstance(path[-1], int) and violation.constraint.kind is not ViolationKind.TYPE:
        path, value = path[:-1], _value_at(parameters, path[:-1])
        constraint = f"Member must satisfy constraint: [{', '.join(map(str, _as_listed(violation.among)))}]"
    where = ".".join(f"{part + 1}.member" if isinstance(part, int) else _lower_first(part) for part in path)
    shown = "null" if violation.constraint.kind is ViolationKind.REQUIRED else f"'{_format_value(value)}'"
    return f"Value {shown} at '{where}' failed to satisfy constraint: {constraint}"


def _as_listed(constraints: Sequence[Constraint]) -> list[Constraint]:
    """The constraints in AWS's order: the maximum length before the minimum length."""
    return sorted(constraints, key=lambda constraint: constraint.kind is not ViolationKind.MAX_LENGTH)


def _value_at(parameters: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        parameters = parameters[part]
    return parameters


def _format_value(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list | tuple) else str(value)


# -- Route 53, which validates bodies by an XML schema -----------------------------------------------------------------


def _in_body(operation: OperationModel, violation: Violation) -> bool:
    member = operation.input_shape.members.get(violation.path[0])
    return member is not None and "location" not in member.serialization


def _schema_error(violation: Violation) -> str:
    """The schema validator's message for a violation.

    Seen: hashicorp/terraform-provider-aws#7606, chilts/nice-route53#8; the other facets are Xerces's wording.
    """
    constraint, value = violation.constraint, violation.value
    names = [str(part) for part in violation.path if isinstance(part, str)]
    if constraint.kind is ViolationKind.REQUIRED:
        return _incomplete_element(names[-2] if len(names) > 1 else constraint.shape, names[-1])
    if isinstance(value, list | tuple):  # too short a list: its items are named in the singular
        return _incomplete_element(names[-1], names[-1].removesuffix("s"))
    facet = _FACETS.get(constraint.kind, "datatype")
    length = f" with length = '{len(str(value))}'" if facet.endswith("Length") else ""
    shown = f"Value '{value}'{length} is not facet-valid with respect to {facet}"
    if constraint.kind is ViolationKind.ENUM:
        return f"cvc-{facet}-valid: {shown} '[{constraint.limit}]'. It must be a value from the enumeration."
    return f"cvc-{facet}-valid: {shown} '{constraint.limit}' for type '{constraint.shape}'."


def _incomplete_element(element: str, expected: str) -> str:
    one_of = f'''{{"{XML_NAMESPACE}":{expected}}}'''
    return f"cvc-complex-type.2.4.b: The content of element '{element}' is not complete. One of '{one_of}' is expected."


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]
