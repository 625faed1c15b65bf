"""Endpoints to Session Manager, where the client's zone has none: that is found before anything is made."""

from pltui.errors import LabError
from pltui.spec import parse
from tests.fakeaws.faults import Call, Rejection
from tests.generated.bare import Account, converge, destroy

SPEC = parse(
    "version: 1\nname: small\nprovider: {vpc: {zones: 1}, servers: {count: 1}}\n"
    "consumers: {consumer: {vpc: {zones: 1, nat: none}, client: {access: endpoints}}}\n"
)


async def test_a_zone_without_endpoints_to_session_manager_is_named_before_anything_is_made() -> None:
    account = Account()
    account.cloud.world.lacking = {("com.amazonaws.ap-northeast-1.ssmmessages", "ap-northeast-1a")}
    ended = await account.process(converge, of=SPEC)
    assert isinstance(ended.error, LabError)
    assert ended.error.code == 2
    assert "no endpoints in ap-northeast-1a" in str(ended.error)
    assert not account.writes


async def test_the_zones_of_the_services_are_asked_for_once_in_the_life_of_a_lab() -> None:
    account = Account()
    for asked in (1, 0):
        account.sent.clear()
        ended = await account.process(converge, of=SPEC)
        assert ended.ok, ended
        assert sum(call.operation == "DescribeVpcEndpointServices" for call in account.sent) == asked


async def test_a_region_without_session_managers_endpoints_is_named_and_the_lab_can_be_destroyed() -> None:
    no_such = "The Vpc Endpoint Service 'com.amazonaws.ap-northeast-1.ssmmessages' does not exist"
    account = Account()

    def script(call: Call) -> Rejection | None:
        return Rejection("InvalidServiceName", no_such) if call.operation == "DescribeVpcEndpointServices" else None

    ended = await account.process(converge, script, of=SPEC)
    assert ended.error is not None
    assert ended.error.code == 2
    assert "ssmmessages has no endpoints in ap-northeast-1a" in str(ended.error)
    assert (await account.process(destroy, script, of=SPEC)).ok
