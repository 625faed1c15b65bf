"""A command that is refused after it has written something exits 1: exit code 4 says that nothing was changed."""

import argparse
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pltui.cli import lab_command
from pltui.errors import LabError, Refused


class StubLab:
    """Of a lab only what `run` needs."""

    notices = ()

    def __init__(self, *, wrote: bool) -> None:
        self.wrote, self.access = wrote, self

    def sign_in(self) -> None:
        return

    def end_recording(self) -> str:
        return ""

    async def faults(self) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize(("wrote", "code"), [(False, 4), (True, 1)])
def test_a_refusal_after_a_write_is_a_failure(wrote: bool, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.asynccontextmanager
    async def opened(lab: Any, *_: Any, **__: Any) -> AsyncIterator[Any]:
        yield lab

    async def work(*_: Any) -> int:
        raise Refused("the credentials have expired")

    monkeypatch.setattr(lab_command, "read_lab", lambda _: StubLab(wrote=wrote))
    monkeypatch.setattr(lab_command, "output", lambda _: None)
    monkeypatch.setattr(lab_command, "open_lab", opened)
    with pytest.raises(LabError) as raised:
        lab_command.run_on_lab(argparse.Namespace(record=None), work)
    assert raised.value.code == code
