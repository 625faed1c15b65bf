"""Deletions of what is gone already, and of what is not though something is missing."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pltui import aws_errors
from pltui.aws.client import Aws, Target
from pltui.aws.transport import ErrorAnswer
from pltui.aws_errors import ErrorKind
from pltui.engine.errors import CloudError, NotYetError, RefusedError
from pltui.resources.base import AwsContext, delete_if_exists, raise_unsuccessful

SOURCES = Path(__file__).parents[2] / "pltui" / "resources"
DELETION = re.compile(r'delete_if_exists\(lab, "(\w+)", "(\w+)"')
SERVICES = {("ec2", "DeleteVpcEndpointServiceConfigurations")}  # whose call has its name elsewhere


class Refusing:
    """A wire on which everything is answered with one error."""

    def __init__(self, code: str) -> None:
        self.code = code

    async def prepare(self, *services: str) -> None:
        """There is nothing to make ready."""

    async def send(
        self, service: str, operation: str, parameters: Mapping[str, Any], urgency: int = 0
    ) -> dict[str, Any]:
        error = {"Code": self.code, "Message": "no"}
        raise ErrorAnswer({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}})


def deleted(code: str, operation: str = "ReleaseAddress") -> CloudError | None:
    """How the deletion ends; None where it is done."""
    lab = AwsContext("lab", Aws(Target("us-east-1"), wire=Refusing(code)))
    try:
        asyncio.run(delete_if_exists(lab, "ec2", operation))
    except CloudError as error:
        return error
    return None


@pytest.mark.parametrize("code", ["InvalidAllocationID.NotFound", "InvalidAddressID.NotFound"])
def test_what_is_delete_if_exists(code: str) -> None:
    assert deleted(code) is None


@pytest.mark.parametrize(
    ("code", "kind", "lasts_s"),
    [
        ("InvalidNetworkInterfaceID.NotFound", NotYetError, 120),
        ("SomethingNew.NotFound", NotYetError, 120),
        ("InvalidIPAddress.InUse", NotYetError, None),
        ("InvalidParameterValue", RefusedError, None),
    ],
)
def test_where_another_object_is_missing_it_may_still_be_there(
    code: str, kind: type[CloudError], lasts_s: float | None
) -> None:
    error = deleted(code)
    assert error
    assert (type(error), error.code, error.lasts_s) == (kind, code, lasts_s)


@pytest.mark.parametrize(
    ("code", "done"),
    [("InvalidVpcEndpoint.NotFound", True), ("InvalidVpcEndpointId.NotFound", True), ("InvalidVpcID.NotFound", False)],
)
def test_so_it_is_where_a_bulk_call_refuses_one_of_several(code: str, done: bool) -> None:
    answer = {"Unsuccessful": [{"ResourceId": "vpce-1", "Error": {"Code": code, "Message": "no"}}]}
    if done:
        raise_unsuccessful(answer, "ec2:DeleteVpcEndpoints", deletion=True)
        return
    with pytest.raises(NotYetError):
        raise_unsuccessful(answer, "ec2:DeleteVpcEndpoints", deletion=True)


def test_each_deletion_has_an_error_that_means_that_its_object_is_gone() -> None:
    calls = {found for path in SOURCES.glob("*.py") for found in DELETION.findall(path.read_text(encoding="utf-8"))}
    assert len(calls) >= 18
    known = {
        (service, operation)
        for entry in aws_errors.entries()
        if entry.kind is ErrorKind.MISSING
        for service in entry.services
        for operation in entry.operations
    }
    assert (calls | SERVICES) - known == set()
