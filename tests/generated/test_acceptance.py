"""Endpoints that the service's owner has to accept, whenever they say so."""

from tests.generated.bare import Account, converge
from tests.generated.labs import spec

ACCEPT = "AcceptVpcEndpointConnections"


async def test_an_endpoint_that_says_later_that_it_is_to_be_accepted_is_accepted_then() -> None:
    account = Account(lag=1.0, pace=0.2)
    account.cloud.world.asks_late = True
    ended = await account.process(converge, of=spec("a", "accepted"))
    assert ended.ok, ended
    assert account.writes.count(ACCEPT) == 1
    assert account.id("consumer/endpoint")


async def test_an_endpoint_is_accepted_though_the_service_does_not_know_of_it_at_once() -> None:
    account = Account(lag=1.0, pace=0.2)
    ended = await account.process(converge, of=spec("a", "accepted"))
    assert ended.ok, ended
    assert account.id("consumer/endpoint")
    created = max(n for n, call in enumerate(account.sent) if call.operation == "CreateVpcEndpoint")
    looked = [call.operation for call in account.sent[created:] if call.operation == "DescribeVpcs"]
    accepted = max(n for n, call in enumerate(account.sent) if call.operation == ACCEPT)
    before = [call.operation for call in account.sent[created:accepted]]
    assert "DescribeVpcs" not in before, "it is not left to the next pass"
    assert looked


async def test_what_another_hand_sets_to_ask_first_is_accepted_too() -> None:
    """The endpoint is made again while its service asks for acceptance, which the spec does not want."""
    account = Account(lag=0.2, pace=0.05)
    account.cloud.world.asks_late = True
    await account.made()
    service, endpoint = account.id("provider/endpoint-service"), account.id("consumer/endpoint")
    hand = account.cloud.hand
    await hand("ec2", "ModifyVpcEndpointServiceConfiguration", ServiceId=service, AcceptanceRequired=True)
    await hand("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[endpoint])
    ended = await account.process(converge)
    assert ended.ok, ended
