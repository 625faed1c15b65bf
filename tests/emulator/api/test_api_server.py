"""Bytes on the connection: bodies of every encoding and size, malformed lengths, and peers that take their time."""

import contextlib
import gzip
import logging
import resource
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from pltui.emulator.api import serve
from pltui.emulator.api.server import Limits, Server

CAP = 100_000
PACKED = gzip.compress(b"text")
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
SIGNED = b"Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/%s/aws4_request\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@contextlib.contextmanager
def serving(limits: Limits) -> Iterator[tuple[Server, list[bytes]]]:
    """A server, and the bodies that its application has read."""
    bodies: list[bytes] = []

    def app(environ: Any, start_response: Callable[..., object]) -> Iterable[bytes]:
        bodies.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("200 OK", [])
        return [b"answer"]

    server = serve(app, limits=limits)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server, bodies
    finally:
        server.shutdown()


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Server, list[bytes]]]:
    with serving(Limits(body=CAP)) as found:
        yield found


@pytest.fixture
def capped(shared: tuple[Server, list[bytes]]) -> tuple[Server, list[bytes]]:
    shared[1].clear()
    return shared


def exchange(server: Server, *parts: bytes, timeout: float = 20) -> bytes:
    """Send the parts, and give all that is answered until the server closes; fails if it does not."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        with contextlib.suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


@pytest.mark.parametrize("tail", [b"0\r\n\r\n", b"0\r\nTrailer: x\r\n\r\n", b"0;ext=1\r\n\r\n"])
def test_a_chunked_body_is_read_and_the_connection_goes_on(capped: tuple[Server, list[bytes]], tail: bytes) -> None:
    server, bodies = capped
    first = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(b"one") + chunk(b"two") + tail
    second = HEAD + b"Connection: close\r\nContent-Length: 5\r\n\r\nthree"
    assert exchange(server, first, second).count(b"200 OK") == 2
    assert bodies == [b"onetwo", b"three"]


def large_bodies() -> dict[str, list[bytes]]:
    over = CAP + 1
    compressed = {
        "gzip": gzip.compress(bytes(over)),
        "gzip members": b"".join(gzip.compress(bytes(CAP // 10)) for _ in range(11)),
        "deflate": zlib.compress(bytes(over)),
    }
    found = {
        "length": [HEAD, b"Content-Length: %d\r\n\r\n" % over, bytes(over)],
        "huge length": [HEAD, b"Content-Length: 999999999999999999\r\n\r\n"],
        "chunked": [HEAD, b"Transfer-Encoding: chunked\r\n\r\n", *[chunk(bytes(1000))] * 101],
        "one chunk": [HEAD, b"Transfer-Encoding: chunked\r\n\r\n", b"fffffffffffff\r\n"],
    }
    for name, body in compressed.items():
        coding = b"Content-Encoding: %b\r\n" % name.split()[0].encode()
        found[name] = [HEAD, coding, b"Content-Length: %d\r\n\r\n" % len(body), body]
        found[f"{name}, chunked"] = [HEAD, coding, b"Transfer-Encoding: chunked\r\n\r\n", chunk(body), b"0\r\n\r\n"]
    return found


@pytest.mark.parametrize("encoding", large_bodies())
def test_a_body_over_the_limit_is_413_in_every_encoding(capped: tuple[Server, list[bytes]], encoding: str) -> None:
    server, bodies = capped
    answer = exchange(server, *large_bodies()[encoding])
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer
    assert b"RequestEntityTooLarge" in answer
    assert bodies == []


@pytest.mark.parametrize(
    ("headers", "begins"),
    [
        (SIGNED % b"ec2" + FORM, b"<Response><Errors><Error><Code>"),
        (SIGNED % b"elasticloadbalancing" + FORM, b"<ErrorResponse><Error>"),
        (SIGNED % b"route53", b"<ErrorResponse><Error>"),
        (SIGNED % b"ssm" + b"X-Amz-Target: AmazonSSM.PutParameter\r\n", b'{"__type": "RequestEntityTooLarge"'),
    ],
)
def test_the_error_has_the_form_of_the_service(
    capped: tuple[Server, list[bytes]], headers: bytes, begins: bytes
) -> None:
    answer = exchange(capped[0], HEAD, headers, b"Content-Length: %d\r\n\r\n" % (CAP + 1))
    assert answer.partition(b"\r\n\r\n")[2].startswith(begins)


def test_at_the_limit_it_is_taken(capped: tuple[Server, list[bytes]]) -> None:
    server, bodies = capped
    close = b"Connection: close\r\n"
    packed = gzip.compress(bytes(CAP))
    exchange(server, HEAD, close, b"Content-Length: %d\r\n\r\n" % CAP, bytes(CAP))
    exchange(server, HEAD, close, b"Transfer-Encoding: chunked\r\n\r\n", chunk(bytes(CAP)), b"0\r\n\r\n")
    exchange(server, HEAD, close, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed), packed)
    assert bodies == [bytes(CAP), bytes(CAP), packed]


def test_an_object_of_s3_is_stored_compressed_and_its_contents_do_not_matter(
    capped: tuple[Server, list[bytes]],
) -> None:
    packed = gzip.compress(bytes(CAP + 1))
    length = b"Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    assert exchange(capped[0], HEAD, SIGNED % b"s3", length, packed).startswith(b"HTTP/1.1 200")


def test_an_endless_body_takes_no_memory(capped: tuple[Server, list[bytes]]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    piece = chunk(bytes(60_000))
    exchange(capped[0], HEAD, b"Transfer-Encoding: chunked\r\n\r\n", *(piece for _ in range(2000)))  # 120 MB
    bomb = gzip.compress(bytes(200_000_000), 1)
    exchange(capped[0], HEAD, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % (size := len(bomb)), bomb)
    del bomb
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 250_000 + size // 1024, "the 200 MB of this test itself, and little more"


MALFORMED = {
    "a superscript": b"Content-Length: \xb2\r\n",
    "5000 digits": b"Content-Length: " + b"1" * 5000 + b"\r\n",
    "5000 zeros": b"Content-Length: " + b"0" * 5000 + b"\r\n",
    "negative": b"Content-Length: -1\r\n",
    "a sign": b"Content-Length: +1\r\n",
    "hexadecimal": b"Content-Length: 0x10\r\n",
    "a fraction": b"Content-Length: 1.5\r\n",
    "empty": b"Content-Length: \r\n",
    "a list": b"Content-Length: 1, 1\r\n",
    "an underscore": b"Content-Length: 1_0\r\n",
    "duplicate": b"Content-Length: 1\r\nContent-Length: 1\r\n",
    "two different": b"Content-Length: 1\r\nContent-Length: 2\r\n",
    "length and chunks": b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    "a transfer coding": b"Transfer-Encoding: gzip, chunked\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
}


@pytest.mark.parametrize("wrong", MALFORMED)
def test_a_malformed_length_is_400_and_ends_the_connection(
    capped: tuple[Server, list[bytes]], wrong: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.WARNING)
    answer = exchange(capped[0], HEAD + MALFORMED[wrong] + b"\r\n", b"0\r\n\r\nGET /next HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert (caplog.records, capfd.readouterr().err) == ([], "")
    assert capped[1] == []


@pytest.mark.parametrize(
    "chunks",
    [
        b"-1\r\n\r\n",
        b"0x1\r\nx\r\n",
        b"\xb2\r\n",
        b"1" * 20 + b"\r\n",
        b"1\r\nxy\r\n",
        b"\r\n",
        b"z\r\n",
        b" 1\r\nx\r\n",
    ],
)
def test_a_malformed_chunk_is_400_and_ends_the_connection(capped: tuple[Server, list[bytes]], chunks: bytes) -> None:
    answer = exchange(capped[0], HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n" * 2)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert capped[1] == []


@pytest.mark.parametrize("body", [b"no gzip", PACKED[:-4], PACKED + b"rest"], ids=["none", "cut off", "more"])
def test_a_body_that_is_not_compressed_as_it_says_is_400(capped: tuple[Server, list[bytes]], body: bytes) -> None:
    answer = exchange(
        capped[0], HEAD, SIGNED % b"ec2", b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body), body
    )
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_body_is_asked_for_only_if_its_length_is_allowed(capped: tuple[Server, list[bytes]]) -> None:
    expect = b"Expect: 100-continue\r\nConnection: close\r\n"
    assert b"100 Continue" not in exchange(capped[0], HEAD, expect, b"Content-Length: %d\r\n\r\n" % (CAP + 1))
    asked = exchange(capped[0], HEAD, expect, b"Content-Length: 1\r\n\r\n", b"x")
    assert asked.count(b"100 Continue") == 1
    assert b"200 OK" in asked


@pytest.mark.parametrize("text", [b"\x16\x03\x01\r\n", b"GET\r\n\r\n", b"A" * 70_000, b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_http_is_answered_without_a_web_page(capped: tuple[Server, list[bytes]], text: bytes) -> None:
    assert b"<" not in exchange(capped[0], text + b"\r\n")


def test_connections_without_a_request_are_closed_and_others_are_not() -> None:
    with serving(Limits(idle_s=1.5)) as (server, _):
        begun = time.monotonic()
        assert exchange(server) == b""
        assert exchange(server, HEAD + b"\r\n").count(b"200 OK") == 1
        assert time.monotonic() - begun > 2.9


def drip(server: Server, head: bytes) -> bool:
    """Send a head, and then single bytes, for at most a minute; True if the server closed before."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(head)
        try:
            for _ in range(1200):
                connection.sendall(b"X")
                time.sleep(0.05)
        except ConnectionError:
            return True
    return False


def test_a_head_or_body_sent_byte_by_byte_does_not_keep_the_connection() -> None:
    with serving(Limits(idle_s=1.0)) as (server, bodies):
        assert drip(server, HEAD)
    with serving(Limits(body_s=1.0)) as (server, bodies):
        assert drip(server, HEAD + b"Content-Length: 1000000\r\n\r\n")
        assert bodies == []
