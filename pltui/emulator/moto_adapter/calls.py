"""moto's response objects, one per call: the caller, the parameters, and the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.elbv2 import ElbBackend
from pltui.emulator.moto_adapter.iam import IamBackend
from pltui.emulator.moto_adapter.route53 import Route53Backend
from pltui.emulator.moto_adapter.ssm import SsmBackend
from pltui.emulator.moto_adapter.values import Result, Structure, private

Sent: TypeAlias = tuple[int, Mapping[str, str], str | bytes]
"""A serialized answer: HTTP status, headers, and body."""


class MotoAnswer(Protocol):
    """The answer to a call, before it is serialized: moto's `ActionResult`."""

    @property
    def result(self) -> Result:
        """The content."""


class Call(Protocol):
    """moto's response object of any service."""

    current_account: str
    region: str
    partition: str
    access_key: str
    service_name: str | None
    automated_parameter_parsing: bool
    params: Structure
    querystring: dict[str, list[str]]
    body: str
    headers: Mapping[str, str]

    # Added by pltui:
    malformed: Exception | None
    wanted_page: object

    def serialized(self, action_result: MotoAnswer) -> tuple[int, dict[str, str], str]:
        """Serialize a result by the protocol of the service."""


class Ec2Call(Call, Protocol):
    """A call of EC2."""

    @property
    def ec2_backend(self) -> Ec2Backend:
        """EC2 in the caller's account and region."""


class ElbCall(Call, Protocol):
    """A call of Elastic Load Balancing."""

    @property
    def elbv2_backend(self) -> ElbBackend:
        """Elastic Load Balancing in the caller's account and region."""


class Route53Call(Call, Protocol):
    """A call of Route 53."""

    @property
    def backend(self) -> Route53Backend:
        """Route 53 in the caller's account."""


class IamCall(Call, Protocol):
    """A call of IAM."""

    @property
    def backend(self) -> IamBackend:
        """IAM in the caller's account."""


class SsmCall(Call, Protocol):
    """A call of Systems Manager."""

    @property
    def ssm_backend(self) -> SsmBackend:
        """Systems Manager in the caller's account and region."""


class LatticeBackend(Protocol):
    """VPC Lattice in an account and region."""

    def tag_resource(self, resource_arn: str, tags: Mapping[str, str]) -> None:
        """Add tags."""


class LatticeCall(Call, Protocol):
    """A call of VPC Lattice."""

    @property
    def backend(self) -> LatticeBackend:
        """VPC Lattice in the caller's account and region."""


# -- parameters: a path of names such as `VPC.VPCId`, and the types by botocore's model ------------------------------


def parameter(call: Call, path: str) -> str | None:
    """A text; None if the call does not have the parameter."""
    value: str | None = private(call)._get_param(path)
    return value


def required_text(call: Call, path: str) -> str:
    """A text that the operation needs, by its model or its documentation. Of a call without it, the value is None."""
    value: str = private(call)._get_param(path)
    return value


def flag(call: Call, path: str) -> bool | None:
    """A boolean; None if the call does not have the parameter."""
    value: bool | None = private(call)._get_param(path)
    return value


def texts(call: Call, path: str) -> list[str]:
    """A list of texts, empty if the call does not have the parameter."""
    values: list[str] = private(call)._get_param(path, []) or []
    return values


def structure(call: Call, path: str) -> Structure:
    """A structure, empty if the call does not have the parameter."""
    value: Structure = private(call)._get_param(path) or {}
    return value


def structures(call: Call, path: str) -> list[Structure]:
    """A list of structures, empty if the call does not have the parameter."""
    values: list[Structure] = private(call)._get_param(path, []) or []
    return values


def blob(call: Call, path: str) -> str | bytes | None:
    """Binary data, in whichever form moto has parsed it; None if the call does not have the parameter."""
    value: str | bytes | None = private(call)._get_param(path)
    return value


def parameter_names(call: Call) -> set[str]:
    """The names of all parameters of a call of the query protocol."""
    return set(private(call)._get_params())


def filters_of(call: Call) -> dict[str, list[str]]:
    """The values of EC2's filters, by name."""
    found: dict[str, list[str]] = private(call)._filters_from_querystring()
    return found


def is_dry_run(call: Call) -> bool:
    """True for a call that must not change anything."""
    return bool(private(call)._get_bool_param("DryRun", False))


def tags_for(call: Call, resource_type: str) -> dict[str, str]:
    """The tags that a call of EC2 gives to new resources of a type."""
    tags: dict[str, str] = private(call)._parse_tag_specification().get(resource_type, {})
    return tags


def asked_rules(call: Call) -> Sequence[Structure]:
    """The security group rules that a call of EC2 adds, by moto's own names of their parts."""
    rules: Sequence[Structure] = list(private(call)._process_rules_from_querystring())
    return rules


# -- the call as a whole ---------------------------------------------------------------------------------------------


def action_of(call: Call) -> str:
    """The name of the called operation; empty if it has none."""
    return private(call)._get_action() or ""


def with_common_headers(call: Call, sent: tuple[int, dict[str, str], str]) -> Sent:
    """A serialized answer with the headers that all answers have."""
    status, headers, body = sent
    headers, body = private(call)._enrich_response({**headers, "status": status}, body)
    return status, headers, body
