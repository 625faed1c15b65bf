"""What the daemon notes of each call before the API sees it."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from pltui.emulator.activity import Activity
from pltui.emulator.front import DEFAULT_REGION, Front, region_of_call
from pltui.emulator.network import USER_AGENT


class Api:
    """A WSGI application that notes the region of each call, and whether its answer was closed."""

    def __init__(self) -> None:
        self.regions: list[str] = []
        self.closed = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.regions.append(region_of_call.get())
        start_response("200 OK", [])
        return Answer(self)


class Answer:
    def __init__(self, api: Api) -> None:
        self._api = api

    def __iter__(self) -> Any:
        return iter([b"answer"])

    def close(self) -> None:
        self._api.closed += 1


def nobody(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    raise AssertionError("this is no control path")


def call(front: Front, **environ: str) -> bytes:
    request = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", **environ}
    return b"".join(front(request, lambda status, headers: None))


@pytest.mark.parametrize(
    ("authorization", "region"),
    [
        ("AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-3/ec2/aws4_request, SignedHeaders=host", "eu-west-3"),
        ("AWS4-HMAC-SHA256 Credential=AK/20260101/eu<west/ec2/aws4_request", DEFAULT_REGION),
        ("", DEFAULT_REGION),
    ],
)
def test_the_region_is_the_one_the_signature_is_for(authorization: str, region: str) -> None:
    api = Api()
    assert call(Front(api, nobody, Activity()), HTTP_AUTHORIZATION=authorization) == b"answer"
    assert api.regions == [region]


def test_the_answer_is_closed_before_the_caller_has_it() -> None:
    api = Api()
    Front(api, nobody, Activity())({"PATH_INFO": "/"}, lambda status, headers: None)
    assert api.closed == 1


def test_the_networks_own_reads_are_nobodys_use() -> None:
    activity = Activity()
    front = Front(Api(), nobody, activity)
    call(front, HTTP_USER_AGENT=f"Boto3/1.44 {USER_AGENT}")
    assert activity.calls == 0
    call(front, HTTP_USER_AGENT="aws-cli/2")
    assert activity.calls == 1


def test_while_it_is_shut_only_the_network_is_answered_and_everybody_else_waits() -> None:
    api = Api()
    front = Front(api, nobody, Activity())
    front.shut()
    asked = threading.Thread(target=call, args=(front,), daemon=True)
    asked.start()
    assert call(front, HTTP_USER_AGENT=f"Boto3/1.44 {USER_AGENT}") == b"answer"
    assert len(api.regions) == 1
    front.open()
    asked.join(60)
    assert len(api.regions) == 2


def test_idleness_is_counted_from_the_last_use() -> None:
    now = [0.0]
    activity = Activity(lambda: now[0])
    now[0] = 10.0
    assert activity.idle == 10.0
    activity.touch()
    now[0] = 13.0
    assert activity.idle == 3.0


def test_calls_of_the_last_minute_are_counted_and_older_ones_are_not() -> None:
    now = [100.0]
    activity = Activity(lambda: now[0])
    for at in (100.0, 100.5, 130.0, 170.0):
        now[0] = at
        activity.count_call()
    assert (activity.calls, activity.recent) == (4, 2)
    now[0] = 1000.0
    assert activity.recent == 0


@pytest.mark.parametrize(
    ("status", "body", "count"),
    [
        ("503 Service Unavailable", b"<Code>RequestLimitExceeded</Code>", 1),
        ("400 Bad Request", b"<Code>Throttling</Code>", 1),
        ("400 Bad Request", b'{"__type": "ThrottlingException"}', 1),
        ("400 Bad Request", b"<Code>InvalidVpcID.NotFound</Code>", 0),
        ("200 OK", b"<description>RequestLimitExceeded</description>", 0),
    ],
)
def test_what_was_throttled_is_counted(status: str, body: bytes, count: int) -> None:
    activity = Activity()
    activity.count_throttling(status, body)
    assert activity.throttled == count
