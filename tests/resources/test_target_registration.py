"""What a registration that is pointed at another server comes to."""

import asyncio
from typing import Any, cast

from pltui.engine.model import Change, Desired, Observed, State
from pltui.resources.base import AwsContext
from pltui.resources.target_registration import TargetRegistration

GROUP = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/tg/0123456789abcdef"
SPEC = {"group": GROUP, "instance": "i-old", "port": 80, "served": True}


class Aws:
    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    async def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        self.calls.append((operation, parameters["Targets"][0]["Id"]))
        return {}


class Labs:
    def __init__(self) -> None:
        self.aws = Aws()


def test_what_is_waited_for_is_the_new_servers_registration() -> None:
    """The old one drains away: who waits for that would see it vanish, and call it a failure."""
    lab = Labs()
    observed = Observed("provider/server-1/target", "target_registration", "tg/i-old:80", SPEC, state=State.PENDING)
    desired = Desired(observed.address, observed.kind, {**SPEC, "instance": "i-new"})
    change = Change("instance", "i-old", "i-new")
    now = asyncio.run(TargetRegistration().update(cast(AwsContext, lab), desired, observed, {"instance": change}))
    assert lab.aws.calls == [("DeregisterTargets", "i-old"), ("RegisterTargets", "i-new")]
    assert now is not None
    assert (now.id.endswith("/i-new:80"), now.spec["instance"], now.state) == (True, "i-new", State.PENDING)
