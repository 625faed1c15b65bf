"""A runtime folder of the test's own, with whatever sandbox it starts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pltui.sandbox import launcher


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "runtime"
    monkeypatch.setenv(launcher.RUNTIME_DIR, str(folder))
    yield folder
    monkeypatch.setenv(launcher.RUNTIME_DIR, str(folder))
    launcher.stop(discard=True)
