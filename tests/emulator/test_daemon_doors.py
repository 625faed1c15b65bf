"""Who gets at a sandbox, and who does not: ports, folders, users, web pages."""

import http.client
import logging
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from pltui.emulator import daemon
from pltui.sandbox import client, launcher
from pltui.sandbox.ending import poll_until
from pltui.sandbox.launcher import LauncherError, Sandbox, SandboxOptions
from tests.builders.sandboxes import own_sandbox

HERE = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def test_it_serves_at_the_port_that_was_asked_for(folder: Path) -> None:
    port = free_port()
    sandbox = launcher.ensure(wish=SandboxOptions(port=port))
    assert sandbox.endpoint_url == f"http://127.0.0.1:{port}"
    assert launcher.ensure(wish=SandboxOptions(port=port)) == sandbox
    with pytest.raises(LauncherError, match=f"running already, at {sandbox.endpoint_url} and not on port"):
        launcher.ensure(wish=SandboxOptions(port=free_port()))


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LauncherError, match=f"port {port} cannot be had: Address already in use"):
            launcher.ensure(wish=SandboxOptions(port=port))
    assert launcher.find() is None


def test_every_socket_it_listens_on_is_on_loopback(folder: Path) -> None:
    import boto3

    sandbox = launcher.ensure()
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    boto3.client("ec2", endpoint_url=sandbox.endpoint_url, region_name="eu-west-1", **keys).create_vpc(
        CidrBlock="10.0.0.0/16"
    )
    assert poll_until(lambda: sandbox.status()["dns"], float("inf"))  # a resolver listens by now, too
    sockets = psutil.Process(sandbox.pid).net_connections("inet")
    listening = {each.laddr for each in sockets if each.status == psutil.CONN_LISTEN or each.type == socket.SOCK_DGRAM}
    assert len(listening) >= 3
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_two_of_them_in_two_folders_know_nothing_of_each_other(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = launcher.ensure()
    with monkeypatch.context() as patch:
        patch.setenv(launcher.RUNTIME_DIR, str(tmp_path / "other"))
        assert launcher.find() is None
        second = launcher.ensure()
        assert {first.endpoint_url, first.socks}.isdisjoint({second.endpoint_url, second.socks})
        first.add_fault("latency", "", 5)
        assert second.status()["faults"] == []
        assert launcher.stop()
    assert first.status()["pid"] == first.pid


def test_a_folder_of_another_users_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(mode=0o700)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: 4711)
        with pytest.raises(LauncherError, match="is not a folder of this user's"):
            launcher.open_runtime_folder()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with own_sandbox(tmp_path_factory, None) as sandbox:
        yield sandbox


def ask(sandbox: Sandbox, path: str, headers: dict[str, str], method: str = "GET") -> int:
    url = urlsplit(sandbox.endpoint_url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
    connection.request(method, path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("path", ["/?Action=CreateVpc&CidrBlock=10.0.0.0/16&Version=2016-11-15", client.STATUS_PATH])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_a_web_page_cannot_drive_it_not_even_with_the_token(
    running: Sandbox, path: str, headers: dict[str, str]
) -> None:
    assert ask(running, path, {client.TOKEN_HEADER: running.token, **headers}) == 403


def test_what_no_page_sends_gets_in(running: Sandbox) -> None:
    assert ask(running, client.STATUS_PATH, {client.TOKEN_HEADER: running.token}) == 200
    assert ask(running, client.STATUS_PATH, {client.TOKEN_HEADER: running.token, "Sec-Fetch-Site": "none"}) == 200


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
def test_without_the_token_no_control_path_does_anything(running: Sandbox, method: str) -> None:
    for path in (client.FAULTS_PATH, client.RESET_PATH, client.LOAD_PATH, client.PERSIST_PATH, client.MACHINES_PATH):
        assert ask(running, path, {}, method) == 403
        assert ask(running, path, {client.TOKEN_HEADER: "guess"}, method) == 403


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"kind": "server"}', b'{"kind": "x", "amount": "y"}', b"\xff", b'{"kind":']
)
def test_an_order_that_makes_no_sense_is_refused_and_harms_nothing(running: Sandbox, body: bytes) -> None:
    url = urlsplit(running.endpoint_url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
    connection.request("POST", client.FAULTS_PATH, body, {client.TOKEN_HEADER: running.token})
    assert connection.getresponse().status in (400, 409)
    connection.close()
    assert running.status()["faults"] == []


def test_its_log_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "LARGEST_LOG", 10_000)
    monkeypatch.setattr(logging.root, "handlers", [])
    file = tmp_path / "sandbox.log"
    daemon._write_log(file)
    for number in range(1000):
        logging.getLogger("test").warning("line %d of many, and rather long at that", number)
    sizes = [each.stat().st_size for each in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) <= 10_000
    assert "line 999" in file.read_text()


def test_in_the_foreground_a_taken_port_is_told_and_the_exit_code_is_1(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = [sys.executable, "-m", "pltui.emulator", "--port", port, "--runtime-dir", str(folder)]
        done = subprocess.run(words, cwd=HERE, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"port {port} cannot be had".encode() in done.stderr


def test_its_working_directory_is_its_own_folder(running: Sandbox) -> None:
    process = psutil.Process(running.pid)
    folder = process.cmdline()[process.cmdline().index("--runtime-dir") + 1]
    assert Path(process.cwd()) == Path(folder).resolve()
    assert process.cwd() != str(HERE)


def test_it_may_open_as_many_files_as_the_system_allows_it(folder: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        sandbox = launcher.ensure()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert resource.prlimit(sandbox.pid, resource.RLIMIT_NOFILE) == (hard, hard)
