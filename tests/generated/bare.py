"""One lab on a fresh cloud, with nobody else about."""

from collections.abc import Awaitable, Callable
from typing import Any

from pltui.engine.reconcile import Outcome
from pltui.lab.session import Lab
from pltui.spec.model import Spec
from tests.fakeaws import FakeAws
from tests.fakeaws.faults import Call, Fault, Script, no_faults
from tests.generated.labs import spec
from tests.generated.process import Ended, Host, process


def converge(lab: Lab) -> Awaitable[Outcome]:
    return lab.reconcile()


def destroy(lab: Lab) -> Awaitable[Outcome]:
    return lab.destroy()


class Account:
    """A fresh cloud, one machine, and what its processes sent."""

    def __init__(self, *, lag: float = 0.0, pace: float = 0.0) -> None:
        self.cloud, self.host = FakeAws(lag=lag, pace=pace), Host()
        self.sent: list[Call] = []
        self.cloud.standing()  # from now on the cloud's clock is this loop's, whoever calls

    @property
    def writes(self) -> list[str]:
        """Operations of the writes sent, the lease's left out."""
        return [call.operation for call in self.sent if call.write and call.service != "ssm"]

    async def process(
        self,
        verb: Callable[[Lab], Awaitable[Outcome]],
        script: Script = no_faults,
        *,
        of: Spec | None = None,
        host: Host | None = None,
        **settings: Any,
    ) -> Ended:
        def recorded(call: Call) -> Fault | None:
            self.sent.append(call)
            return script(call)

        return await process(self.cloud, of or spec("a"), verb, host=host or self.host, script=recorded, **settings)

    async def made(self) -> None:
        """The lab stands, and nothing is remembered of how."""
        ended = await self.process(converge)
        assert ended.ok, ended
        self.sent.clear()

    def id(self, address: str) -> str:
        [found] = [one.id for one in self.cloud.standing() if one.tags.get("pltui:address") == address]
        return found
