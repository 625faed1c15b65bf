"""The app as somebody sees it who opens the page, from the sandbox to the pixels."""

import math
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pltui.sandbox import launcher
from tests.web.chromium import PROGRAM, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed"),
]
PNG = b"\x89PNG\r\n\x1a\n"
ALL = r"A Subnet 1 .* [1-9]\d*$[\s\S]*B Subnet 2 .* [1-9]\d*$[\s\S]*C Subnet 3 .* [1-9]\d*$"
ONE = r"(▏ #\d+ +A +Subnet 1 .*\n.*?){12}▏ latency"  # for so many answers, down to the last one


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of `pltui serve`, which runs with a sandbox of its own; in a shell that can show next to nothing."""
    for name, value in {
        launcher.RUNTIME_DIR: str(tmp_path / "runtime"),
        "PLTUI_STATE_DIR": str(tmp_path / "state"),
        "LC_ALL": "C",
        "TERM": "dumb",
    }.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", "pltui", "serve", "specs/privatelink.yaml", "--port", "0"]
    try:
        launcher.ensure(math.inf)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
            assert serving.stdout
            yield serving.stdout.readline().strip()
            serving.send_signal(signal.SIGINT)
            assert serving.wait(30) == 130
    finally:
        launcher.stop()


async def test_the_switch_is_flipped_and_one_subnet_answers(page: str, tmp_path: Path) -> None:
    async with chromium(tmp_path / "profile") as tab:
        await tab.open(page)
        await tab.shows(ALL)
        await tab.shows("x cross-zone .* q quit")
        await tab.press("x")
        await tab.shows(r"cross-zone +spec on · live off")
        await tab.shows(ONE)
        picture = await tab.picture()
        assert {urlsplit(url).netloc for url in tab.requests} == {urlsplit(page).netloc}
        assert tab.errors == []
    (tmp_path / "page.png").write_bytes(picture)
    assert picture.startswith(PNG)
