"""Sandboxes of the tests' own."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pltui.sandbox import launcher


@contextmanager
def own_sandbox(folders: pytest.TempPathFactory, speed: float | None = math.inf) -> Iterator[launcher.Sandbox]:
    """A process as users have it, in a runtime folder that pltui finds while it lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(launcher.RUNTIME_DIR, str(folders.mktemp("runtime")))
        yield launcher.ensure(speed)
        launcher.stop(discard=True)
