"""The published specs, and a way to ask what is wrong with a text."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pltui.spec import SpecError, parse

SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture(scope="session")
def example() -> str:
    """The text of the example that the documentation shows."""
    return (SPECS / "privatelink.yaml").read_text("utf-8")


@pytest.fixture
def problems() -> Callable[..., list[str]]:
    """The problems of a text, as printed; empty when there are none."""

    def ask(text: str, overrides: Sequence[str] = ()) -> list[str]:
        try:
            parse(text, "lab.yaml", overrides)
        except SpecError as error:
            return [str(problem) for problem in error.problems]
        return []

    return ask
