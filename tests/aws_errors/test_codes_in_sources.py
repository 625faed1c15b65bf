"""Code may name an error code of AWS only if the catalogue has it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from botocore.session import get_session

from pltui import aws_errors

ROOT = Path(__file__).parents[2]
CLIENT = ("aws", "resources", "probe", "engine", "lab", "cli", "tui", "topology")
# What AWS answers with; the sandbox makes some answers that pltui never gets.
RAISING = {"ec2_error", "elb_error", "Refusal", "ELBClientError", "EC2ClientError"}
LOOKS_LIKE_A_CODE = re.compile(
    r"[A-Z][A-Za-z.]*"
    r"(NotFound|Exceeded|Denied|Violation|InUse|Conflict|Duplicate|Exception|Failure|Expired|AlreadyExists|"
    r"NotPermitted|Mismatch|Terminated|Unsupported|NotAttached|AlreadyAssociated|NotEmpty|Throttling|Skewed)"
)
# States that end as codes do.
OTHER_WORDS = {"Target.NotInUse"}


@cache
def modelled() -> frozenset[str]:
    """The codes in botocore's models of the services that a lab uses."""
    found = set()
    for service in ("elbv2", "iam", "route53", "ssm", "sts"):
        model = get_session().get_service_model(service)
        for name in model.shape_names:
            shape = model.shape_for(name)
            if shape.type_name == "structure" and shape.metadata.get("exception"):
                found.add(shape.metadata.get("error", {}).get("code", shape.name))
    return frozenset(found)


def literals(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def raised(path: Path) -> Iterator[tuple[int, str]]:
    """The codes that a module of the sandbox answers with: the first argument of its errors."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISING and node.args:
            code = node.args[0]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield node.lineno, code.value


def is_code(text: str) -> bool:
    return text in modelled() or (LOOKS_LIKE_A_CODE.fullmatch(text) is not None and text not in OTHER_WORDS)


@pytest.mark.parametrize("package", CLIENT)
def test_the_client_names_only_codes_of_the_catalogue(package: str) -> None:
    unknown = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / "pltui" / package).rglob("*.py"))
        for line, text in literals(path)
        if is_code(text) and not aws_errors.has_entry(text)
    ]
    assert unknown == []


@pytest.mark.parametrize("package", ["emulator"])
def test_the_sandbox_answers_with_codes_of_the_catalogue(package: str) -> None:
    unknown = [
        f"{path.relative_to(ROOT)}:{line}: {code}"
        for path in sorted((ROOT / "pltui" / package).rglob("*.py"))
        for line, code in (*raised(path), *((n, text) for n, text in literals(path) if is_code(text)))
        if not aws_errors.has_entry(code)
    ]
    assert unknown == []


def test_what_looks_like_a_code_is_found() -> None:
    assert all(
        map(is_code, ("DependencyViolation", "InvalidVpcID.NotFound", "ParameterAlreadyExists", "InvalidTarget"))
    )
    assert not any(map(is_code, ("CreateVpc", "AcceptanceRequired", "Vpcs", "not found")))
