"""Where AWS answers otherwise than moto's tests expect, and the sandbox as AWS does: the data in differences.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Difference:
    """A fact of AWS, its source, and the tests that expect the contrary."""

    fact: str
    source: str
    tests: tuple[str, ...]
    sometimes: bool = False  # chance decides what the tests meet


def reason(test: str) -> Difference | None:
    """The difference for which that test fails here and passes on plain moto; None if it is not foreseen."""
    return next((each for each in DIFFERENCES if test in each.tests), None)


def _read() -> tuple[Difference, ...]:
    document = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(Difference(**{**row, "tests": _tests(row["tests"])}) for row in document["difference"])


def _tests(by_file: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(f"{file}::{name}" for file, names in by_file.items() for name in names)


DIFFERENCES = _read()
