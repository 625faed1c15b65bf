"""A token of a create whose thing another hand deleted: whatever it answers with, the thing is made again."""

import asyncio
from collections.abc import Mapping
from typing import Literal

import pytest

from tests.generated.bare import Account, converge

SERVICE = "provider/endpoint-service"
DELETES: Mapping[str, tuple[str, str]] = {
    "consumer/nat-gateway-1": ("DeleteNatGateway", "NatGatewayId"),
    "consumer/endpoint": ("DeleteVpcEndpoints", "VpcEndpointIds"),
    SERVICE: ("DeleteVpcEndpointServiceConfigurations", "ServiceIds"),
}
CREATES = {
    "consumer/nat-gateway-1": "CreateNatGateway",
    "consumer/endpoint": "CreateVpcEndpoint",
    SERVICE: "CreateVpcEndpointServiceConfiguration",
}


async def _delete(account: Account, address: str) -> None:
    operation, name = DELETES[address]
    id_ = account.id(address)
    await account.cloud.hand("ec2", operation, **{name: [id_] if name.endswith("Ids") else id_})
    await asyncio.sleep(3700)  # until it is listed no more


@pytest.mark.parametrize("replays", ["first", "not found"])
@pytest.mark.parametrize("address", DELETES)
async def test_what_is_deleted_is_made_again_whatever_its_token_answers_with(
    address: str, replays: Literal["first", "not found"]
) -> None:
    account = Account(lag=0.2, pace=0.5)
    account.cloud.world.replays = replays
    await account.made()
    old = set[str]()
    for times in (1, 2):
        if address == SERVICE:
            await _delete(account, "consumer/endpoint")
        old.add(account.id(address))
        await _delete(account, address)
        account.sent.clear()
        begun = asyncio.get_running_loop().time()
        ended = await account.process(converge)
        assert ended.ok, ended
        assert account.id(address) not in old
        # A service does not show when it was made: it takes a look later to see that it is not there.
        assert asyncio.get_running_loop().time() - begun < (600 * times if address == SERVICE else 100)
        assert account.writes.count(CREATES[address]) <= 4 * times
