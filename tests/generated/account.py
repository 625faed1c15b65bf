"""An account as another hand sees it: all that stands, by what the lab calls it, and every call."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tests.fakeaws.fake import FakeAws
from tests.fakeaws.ssm import NEWEST_IMAGE
from tests.generated.bystanders import SHOWS
from tests.generated.invariants import Known, photograph
from tests.generated.labs import NAMES, spec
from tests.generated.process import Ended, Host, process

LAB = NAMES["a"]
ZONE = "ap-northeast-1a"
HERE = Host()


@dataclass
class Account:
    """An account with lab `a`, where another hand may do what it likes."""

    cloud: FakeAws = field(default_factory=lambda: FakeAws(lag=0.2, pace=0.05))

    async def hand(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """What another hand does; it is left time to show."""
        answer = dict(await self.cloud.hand(service, operation, **parameters))
        await asyncio.sleep(SHOWS)
        return answer

    async def machine(self, subnet: str, **more: Any) -> str:
        """Another's instance."""
        answer = await self.hand(
            "ec2", "RunInstances", ImageId=NEWEST_IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1,
            SubnetId=subnet, **more,
        )  # fmt: skip
        await asyncio.sleep(60)
        return str(answer["Instances"][0]["InstanceId"])

    def id(self, address: str) -> str:
        [found] = [
            one.id
            for one in self.cloud.standing()
            if one.tags.get("pltui:lab") == LAB and one.tags.get("pltui:address") == address
        ]
        return found

    def ours(self) -> set[str]:
        """The addresses of what is left of the lab, of all that carries tags."""
        tagged = (one for one in self.cloud.standing() if one.tags.get("pltui:lab") == LAB and one.type != "parameter")
        return {one.tags["pltui:address"] for one in tagged}

    def everything(self) -> Known:
        return photograph(self.cloud.standing())


async def reconciled(account: Account, *, adopt: bool = False) -> Ended:
    return await process(account.cloud, spec("a"), lambda lab: lab.reconcile(), host=HERE, adopt=adopt)


async def converged() -> Account:
    account = Account()
    made = await reconciled(account)
    assert made.ok, str(made)
    return account


async def group_by_hand(account: Account, description: str = "", **more: Any) -> str:
    """Somebody deletes the client and its group, and makes a group of the same name."""
    ours = account.id("consumer/instance-security-group")
    [was] = [one.detail for one in account.cloud.standing() if one.id == ours]
    await account.hand("ec2", "TerminateInstances", InstanceIds=[account.id("consumer/client")])
    await asyncio.sleep(60)
    await account.hand("ec2", "DeleteSecurityGroup", GroupId=ours)
    made = await account.hand(
        "ec2", "CreateSecurityGroup", GroupName=was["GroupName"], VpcId=was["VpcId"],
        Description=description or was["Description"], **more,
    )  # fmt: skip
    return str(made["GroupId"])
