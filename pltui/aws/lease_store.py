"""Store of a lab's lease: a parameter of Systems Manager, which can be created only once.

SSM API reference, PutParameter: without Overwrite a second one is refused with ParameterAlreadyExists, and each write
increments the version.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pltui.aws.client import Aws
from pltui.aws.dates import answer_date
from pltui.engine.errors import CloudError


class ParameterLeaseStore:
    """`pltui.engine.lease.LeaseStore` for one lab in one account and region."""

    def __init__(self, aws: Aws, lab: str) -> None:
        self._aws, self._lab = aws, lab
        self.name = f"/pltui/{lab}/lease"

    async def put(self, text: str) -> int | None:
        """Create the parameter; return its version, or None if it exists already."""
        try:
            answer = await self._aws.call(
                "ssm",
                "PutParameter",
                Name=self.name,
                Value=text,
                Type="String",
                Description=f"Held by the pltui run that is changing lab {self._lab}",
                Tags=[{"Key": "pltui:lab", "Value": self._lab}],
            )
        except CloudError as error:
            if error.code == "ParameterAlreadyExists":
                return None
            raise
        return int(answer["Version"])

    async def overwrite(self, text: str) -> int:
        """Replace the parameter's value; return its new version."""
        answer = await self._aws.call("ssm", "PutParameter", Name=self.name, Value=text, Type="String", Overwrite=True)
        return int(answer["Version"])

    async def get(self) -> tuple[str, int, float] | None:
        """Return text, version and age in seconds; None if there is no parameter."""
        try:
            answer = await self._aws.call("ssm", "GetParameter", Name=self.name)
        except CloudError as error:
            if error.code == "ParameterNotFound":
                return None
            raise
        parameter = answer["Parameter"]
        answered = answer_date(answer) or datetime.now(UTC)  # the service's own clock: this machine's may be wrong
        age = (answered - parameter["LastModifiedDate"]).total_seconds()
        return parameter["Value"], parameter["Version"], max(0.0, age)

    async def remove(self) -> None:
        """Delete the parameter, if it still exists."""
        try:
            await self._aws.call("ssm", "DeleteParameter", Name=self.name)
        except CloudError as error:
            if error.code != "ParameterNotFound":
                raise
