"""What tests of several parts share."""

import functools
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest

from pltui.aws.request_check import VIOLATIONS_FILE
from tests.generated.counts import (  # noqa: F401  # hooks, which the one that hands out the work needs as well
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from tests.moto import plain_moto

# One loader of AWS's models for all sessions of a process: each would parse EC2's 10 MB again.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)


@pytest.fixture(scope="session", autouse=True)
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No run of a test, or of a process it starts, is recorded among the developer's own, or speaks their language."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLTUI_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        patch.setenv("PLTUI_LANG", "en")  # whatever the developer's locale
        yield


@pytest.fixture(scope="session")
def request_violations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file to which the transport, in this process and in its children, writes requests that AWS would reject."""
    file = tmp_path_factory.mktemp("requests") / "violations.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VIOLATIONS_FILE, str(file))
        yield file


@pytest.fixture(autouse=True)
def valid_requests(request_violations: Path) -> Iterator[None]:
    """Fails a test during which an invalid request was to be sent, whatever became of the error."""
    yield
    if request_violations.exists():
        found = request_violations.read_text(encoding="utf-8")
        request_violations.unlink()
        pytest.fail(f"AWS would reject these requests:\n{found}")


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """Plain moto, in a process of its own: the sandbox's corrections, made in this one, must not reach it."""
    with plain_moto() as url:
        yield url


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="many more generated runs than the gate has time for")


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--thorough"))
