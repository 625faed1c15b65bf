"""What the daemon notes of each call before the API sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from pltui.sandbox.front import DEFAULT_REGION, Activity, Front, region_of_call
from pltui.sandbox.network import USER_AGENT


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
    assert call(Front(api, Activity(), "t", dict, print), HTTP_AUTHORIZATION=authorization) == b"answer"
    assert api.regions == [region]


def test_the_answer_is_closed_before_the_caller_has_it() -> None:
    api = Api()
    Front(api, Activity(), "t", dict, print)({"PATH_INFO": "/"}, lambda status, headers: None)
    assert api.closed == 1


def test_the_networks_own_reads_are_nobodys_use() -> None:
    activity = Activity()
    front = Front(Api(), activity, "t", dict, print)
    call(front, HTTP_USER_AGENT=f"Boto3/1.44 {USER_AGENT}")
    assert activity.calls == 0
    call(front, HTTP_USER_AGENT="aws-cli/2")
    assert activity.calls == 1


def test_idleness_is_counted_from_the_last_use() -> None:
    now = [0.0]
    activity = Activity(lambda: now[0])
    now[0] = 10.0
    assert activity.idle == 10.0
    activity.touch()
    now[0] = 13.0
    assert activity.idle == 3.0
