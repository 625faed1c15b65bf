"""What a caller cannot have the sandbox do: answer for moto itself, send requests, run programs, write files."""

import http.client
import http.server
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from pltui.emulator.api import isolation, serve

OWN_PATHS = (
    "/moto-api/", "/moto-api", "/moto-api/lib.js", "/moto-api/data.json", "/moto-api/reset-auth", "/moto-api/seed?a=1",
    "/moto-api/config", "/moto-api/proxy/passthrough", "/moto-api/static/athena/query-results",
    "/moto-api/state-manager/set-transition", "/moto-api/recorder/start-recording",
    "/moto-api/recorder/upload-recording", "/moto-api/recorder/download-recording",
    "/moto-api/recorder/replay-recording", "/favicon.ico", "/latest/meta-data/iam/security-credentials/x",
    "/latest/api/token",
)  # fmt: skip


@pytest.mark.parametrize("path", OWN_PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_motos_own_endpoints_are_not_there(aws: Any, path: str, method: str) -> None:
    answer = httpx.request(method, aws.url + path, content=b"0")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
    assert "POST /moto-api/reset" in answer.json()["message"]


@pytest.mark.parametrize("service", ["motoapi.amazonaws.com", "169.254.169.254", "moto_api"])
def test_no_signature_leads_to_them_either(aws: Any, service: str) -> None:
    signature = {"Authorization": f"AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/{service}/aws4_request"}
    for path in ("/moto-api/recorder/start-recording", "//moto-api/reset-auth", "/x/../moto-api/config"):
        answer = httpx.post(aws.url + path, headers=signature, content=b"0")
        assert answer.status_code in (400, 404)
        assert "<html" not in answer.text.lower()


@pytest.fixture
def heard() -> Iterator[tuple[str, list[str]]]:
    """A web server of somebody else's, and the paths that it was asked for."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    server.server_close()


def test_nothing_is_sent_to_the_subscribers_of_a_topic(aws: Any, heard: tuple[str, list[str]]) -> None:
    url, paths = heard
    sns = aws.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{url}/sns")
    with pytest.raises(ClientError, match="sends no requests"):
        sns.publish(TopicArn=topic, Message="m")
    assert paths == []


def test_nothing_is_sent_to_the_destination_of_a_stream(aws: Any, heard: tuple[str, list[str]]) -> None:
    url, paths = heard
    firehose = aws.client("firehose")
    place = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::b"}
    firehose.create_delivery_stream(
        DeliveryStreamName="stream",
        HttpEndpointDestinationConfiguration={"EndpointConfiguration": {"Url": f"{url}/f"}, "S3Configuration": place},
    )
    with pytest.raises(ClientError, match="sends no requests"):
        firehose.put_record(DeliveryStreamName="stream", Record={"Data": b"d"})
    assert paths == []


ATTEMPTS = (
    "socket.create_connection(('127.0.0.1', 9))", "socket.socket(socket.AF_UNIX).connect('/run/docker.sock')",
    "socket.getaddrinfo('example.com', 80)", "subprocess.run(['true'])", "os.system('true')",
    "open('written', 'w')", "os.open('written', os.O_CREAT | os.O_WRONLY)", "os.mkdir('made')",
    "os.posix_spawn('/bin/true', ['true'], {})",
)  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_motos_code_has_no_effect_outside_the_process(
    attempt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    isolation.install()
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "moto.some.models", "socket": socket, "subprocess": subprocess, "os": os}
    with pytest.raises(isolation.IsolationError):
        eval(attempt, names)
    errors: list[BaseException] = []

    def in_a_thread() -> None:
        try:
            eval(attempt, names)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()
    assert isolation.is_cause_of(errors[0])
    assert list(tmp_path.iterdir()) == []


def test_others_go_on_as_before_and_moto_may_read_and_buffer(tmp_path: Path) -> None:
    isolation.install()
    (tmp_path / "file").write_text("text")
    code = f"open({str(tmp_path / 'file')!r}).read(), __import__('tempfile').TemporaryFile().write(b'x')"
    assert eval(code, {"__name__": "moto.some.models"}) == ("text", 1)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("[::1]:{port}", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1:evil.com", 403),
        ("127.0.0.1:1", 200),
        ("localhost:{port}:1", 403),
        ("127.0.0.1:{port}@evil.com", 403),
        ("[::1]evil.com", 403),
        ("[::1", 403),
        ("127.0.0.1:", 403),
        ("127.0.0.1:²", 403),
        ("evil.com:{port}", 403),
        ("", 403),
    ],
)
def test_the_host_is_this_machine(host: str, status: int) -> None:
    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b""]

    server = serve(app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.putrequest("GET", "/", skip_host=True)
        connection.putheader("Host", host.format(port=server.port).encode("latin-1"))
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()
    finally:
        server.shutdown()


def test_the_error_of_a_refused_attempt_is_found_behind_others() -> None:
    translated = RuntimeError("translated")
    translated.__context__ = isolation.IsolationError(isolation.MESSAGE)
    assert isolation.is_cause_of(translated)
    assert not isolation.is_cause_of(ValueError())
