"""`pltui serve` as a command: what it refuses at once, what it hands to the app, and how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from pltui.cli.commands.serve import app_arguments
from pltui.cli.main import main
from pltui.system.serve_environment import DRIVER, VARIABLE
from tests.web.conftest import browsing

SPEC = "specs/privatelink.yaml"
NOBODY = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["serve", SPEC], [SPEC]),
        (["serve", SPEC, "--port", "0", "--theme", "nord"], [SPEC, "--theme", "nord"]),
        (["--lang", "ja", "serve", "--port=0", SPEC, "--live"], ["--lang", "ja", SPEC, "--live"]),
        (["serve", "--json", "--set", "name=serve", "--", SPEC], ["--set", "name=serve", "--", SPEC]),
        (["serve", "--", "--port"], ["--", "--port"]),
    ],
)
def test_the_app_is_told_what_was_said_but_for_the_pages_own(words: list[str], kept: list[str]) -> None:
    assert app_arguments(words) == kept


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--theme", "nrod"], "no theme 'nrod'; did you mean 'nord'?"),
        (["--live", "--target", "aws"], "leave out --live"),
        (["--set", "provider.serverz=1"], "unknown key"),
    ],
    ids=["theme", "live", "spec"],
)
def test_what_the_app_would_refuse_is_refused_before_anything_is_served(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", SPEC, *words]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_what_is_no_port_is_wrong_usage(port: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["serve", SPEC, "--port", port])


def test_without_the_extra_it_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    for name in ("server", "tab"):
        monkeypatch.delitem(sys.modules, f"pltui.web.{name}", raising=False)
    assert main(["serve", SPEC]) == 2
    assert "pip install 'pltui[serve]'" in capsys.readouterr().err


def test_a_port_that_is_taken_is_2_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", SPEC, "--port", str(taken.getsockname()[1])]) == 2
    assert "--port 0 uses a free port" in capsys.readouterr().err


@pytest.mark.parametrize("driver", ["", "textual.drivers.web_driver:WebDriver"])
def test_without_a_terminal_only_what_serve_starts_opens_the_app(
    driver: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, driver)
    assert main([SPEC]) == 2
    assert "the app needs a terminal" in capsys.readouterr().err


@pytest.fixture
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A real one in a shell that can show ASCII only, and its address; of a lab whose API nobody answers for."""
    command = [sys.executable, "-m", "pltui", "serve", SPEC, "--port", "0", "--json", "--endpoint-url", NOBODY]
    environ = {**os.environ, "LC_ALL": "C", "TERM": "dumb"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)
    with process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        assert told["type"] == "serving"
        yield process, told["url"]
        process.kill()  # of one that has ended it is nothing


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)])
async def test_however_it_ends_no_app_is_left_behind(
    serving: tuple[subprocess.Popen[str], str], number: signal.Signals
) -> None:
    process, url = serving
    async with browsing(url) as browser:
        assert "▾".encode() in await browser.drawn(b"provider-nlb")  # whatever the shell's locale
        apps = psutil.Process(process.pid).children(recursive=True)
        assert DRIVER in {app.environ()[VARIABLE] for app in apps}
        process.send_signal(number)
        await browser.drawn()
    assert process.wait(20) == (130 if number == signal.SIGINT else -number)
    assert psutil.wait_procs(apps, timeout=20)[1] == []
