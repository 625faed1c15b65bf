"""Where a lab's lease is kept: a parameter of Systems Manager, which can be created only once (SSM API reference,
PutParameter: without Overwrite a second one is refused with ParameterAlreadyExists, and each write counts a version).
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
        answer = await self._aws.call("ssm", "PutParameter", Name=self.name, Value=text, Type="String", Overwrite=True)
        return int(answer["Version"])

    async def get(self) -> tuple[str, int, float] | None:
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
        try:
            await self._aws.call("ssm", "DeleteParameter", Name=self.name)
        except CloudError as error:
            if error.code != "ParameterNotFound":
                raise
