"""Connections that break in TLS: before anything was sent, after it, and for a certificate that is not trusted."""

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pltui.aws.client import TO_REACH, Aws, Target
from pltui.aws.credentials import translate_resolving
from pltui.engine.errors import CloudError, OutcomeUnknownError, RefusedError, UnreachedError

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 and its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and nothing else of the user's, and no pause between tries."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pltui.aws.client.random.uniform", lambda low, _: low)


@contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """The URL of a server that does `serve` with each connection, and closes it."""

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    serve(connection)
                except OSError:
                    continue

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def hang_up(connection: socket.socket) -> None:
    """Close it once the client has begun the handshake."""
    connection.recv(65536)


def answer_without_tls(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def over_tls(certificate: Path) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        """Read the request, then send what is no TLS."""
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            os.write(secure.fileno(), b"no record of TLS\r\n" * 4)

    return serve


async def outcome(url: str) -> tuple[CloudError, int]:
    """How a create that no token guards ends, and how often it was tried."""
    client = Aws(Target("eu-west-1", url))
    with pytest.raises(CloudError) as caught:
        await client.call("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")
    return caught.value, client.calls


@pytest.mark.parametrize("serve", [hang_up, answer_without_tls])
async def test_what_breaks_in_the_handshake_was_not_sent(serve: Callable[[socket.socket], None]) -> None:
    with serving(serve) as url:
        error, calls = await outcome(url)
    assert (type(error), calls) == (UnreachedError, TO_REACH)


async def test_what_breaks_after_the_handshake_may_have_been_applied(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with serving(over_tls(certificate)) as url:
        error, calls = await outcome(url)
    assert (type(error), calls) == (OutcomeUnknownError, 1)


async def test_a_certificate_that_is_not_trusted_is_a_definite_error(certificate: Path) -> None:
    with serving(over_tls(certificate)) as url:
        error, calls = await outcome(url)
    assert (type(error), calls) == (RefusedError, 1)
    assert "AWS_CA_BUNDLE" in error.hint


def test_a_certificate_that_is_not_trusted_while_credentials_are_resolved() -> None:
    from botocore.exceptions import SSLError

    error = SSLError(endpoint_url="https://sts", error="x")
    error.__context__ = ssl.SSLCertVerificationError(1, "certificate verify failed")
    found = translate_resolving(error, None)
    assert (type(found), "AWS_CA_BUNDLE" in found.hint) == (RefusedError, True)
    assert type(translate_resolving(SSLError(endpoint_url="https://sts", error="x"), None)) is UnreachedError
