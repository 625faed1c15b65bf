"""How one account's view of a region is read over HTTP: from the sandbox, and from an API that knows less."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs

import pytest

from pltui.emulator.network.changes import GLOBAL, Location
from pltui.emulator.network.reader import NetworkReader
from tests.emulator.network.conftest import Api
from tests.emulator.network.lab import REGION

HERE = Location("", REGION)


def test_all_a_place_has_is_read_and_nothing_is_left_to_try_again(api: Api) -> None:
    api.forget()
    vpc = api.clients.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    reader = NetworkReader(api.endpoint_url, HERE)
    assert reader.read(HERE.topics) == frozenset()
    assert vpc in {each["VpcId"] for each in reader.answers.vpcs}
    assert reader.answers.vpc_flags[vpc] == (True, False)
    assert vpc in {each["VpcId"] for each in reader.answers.network_acls}
    assert NetworkReader(api.endpoint_url, Location("", GLOBAL)).read({"zones"}) == frozenset()


def test_only_what_is_asked_for_is_read_anew(api: Api) -> None:
    api.forget()
    reader = NetworkReader(api.endpoint_url, HERE)
    reader.read(HERE.topics)
    before = reader.answers
    api.clients.ec2.create_vpc(CidrBlock="10.0.0.0/16")
    reader.read({"subnets"})
    assert reader.answers.vpcs == before.vpcs
    reader.read({"vpcs"})
    assert len(reader.answers.vpcs) == len(before.vpcs) + 1


def error(code: str) -> bytes:
    return f"<Response><Errors><Error><Code>{code}</Code></Error></Errors></Response>".encode()


class Lesser(BaseHTTPRequestHandler):
    """An API that fails at some things, and does not know others."""

    answers: ClassVar[dict[str, tuple[int, bytes]]] = {
        "DescribeSubnets": (503, error("Unavailable")),
        "DescribeRouteTables": (500, b"<!doctype html><title>Internal Server Error</title>"),
        "DescribeNetworkAcls": (400, error("InvalidAction")),
        "DescribeSecurityGroups": (200, b"<Response><securityGroupInfo/></Response>"),
    }

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        status, answer = self.answers.get(parse_qs(body).get("Action", [""])[0], (404, b"<!doctype html>Not Found"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def lesser() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Lesser) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_fails_is_to_be_tried_again_but_not_what_the_api_does_not_know(lesser: str) -> None:
    reader = NetworkReader(lesser, HERE)
    topics = {"subnets", "route_tables", "network_acls", "security_groups", "resource_gateways"}
    assert reader.read(topics) == {"subnets", "route_tables"}
