"""Creates guarded by a token, against a service that keeps to what AWS says of tokens."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from pltui.aws.client import Aws, Target
from pltui.engine.errors import NotYetError, RefusedError
from pltui.engine.model import Desired, Observed, State
from pltui.resources.base import AwsContext, raise_unsuccessful
from pltui.resources.guarded_create import Create, create_once

WANT = Desired("provider/server-1", "instance", {"subnet": "subnet-1"})


class Service:
    """Answers a token it knows with what that once made, whatever has become of it."""

    def __init__(self) -> None:
        self.made: dict[str, Observed | None] = {}
        self.parameters: dict[str, str] = {}

    def create(self, *parameters: str, fate: State = State.READY) -> Observed:
        async def send(token: str) -> dict[str, Any]:
            if self.parameters.setdefault(token, repr(parameters)) != repr(parameters):
                raise RefusedError("other parameters", code="IdempotentParameterMismatch")
            return {
                "made": self.made.setdefault(token, Observed("", "instance", f"i-{len(self.made)}", {}, state=fate))
            }

        async def poll(_: AwsContext, items: Sequence[Observed]) -> list[Observed]:
            return [*items]

        lab = AwsContext("lab", Aws(Target("us-east-1")))
        create = Create(send, lambda answer: answer["made"], poll)
        return asyncio.run(create_once(lab, WANT, create, *parameters))

    def lose_all(self) -> None:
        self.made = dict.fromkeys(self.made)


def test_the_same_wish_makes_one() -> None:
    service = Service()
    assert service.create("ami-1").id == service.create("ami-1").id


def test_however_often_one_is_lost_it_is_made_again() -> None:
    service = Service()
    for _ in range(40):
        assert service.create("ami-1").state is State.READY
        service.lose_all()


def test_what_was_made_again_is_found_again() -> None:
    """By another process, too: all that tells the tokens apart is what the service answers."""
    service = Service()
    first = service.create("ami-1")
    service.lose_all()
    again = service.create("ami-1")
    assert again.id != first.id
    assert service.create("ami-1").id == again.id


def test_another_image_is_another_request() -> None:
    service = Service()
    assert service.create("ami-1").id != service.create("ami-2").id


def test_what_never_lasts_ends_in_a_refusal() -> None:
    with pytest.raises(RefusedError, match="gone as soon as it is made"):
        Service().create(fate=State.FAILED)


ANSWER = {"Unsuccessful": [{"ResourceId": "vpce-1", "Error": {"Code": "InvalidVpcEndpoint.NotFound", "Message": "no"}}]}


def test_what_is_not_found_is_deleted_but_not_accepted() -> None:
    raise_unsuccessful(ANSWER, "ec2:DeleteVpcEndpoints", deletion=True)
    with pytest.raises(NotYetError):
        raise_unsuccessful(ANSWER, "ec2:AcceptVpcEndpointConnections")
