"""Each promise of CONTRIBUTING names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def promises(part: str) -> list[tuple[str, list[str]]]:
    """Each sentence of the section on this part of the product, with the tests it names."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text.split(f"## Guarantees of the {part}")[1].split("\n## ")[0]
    sentences = re.split(r"\n- |\n\n", section.split("\n\n", 2)[2])
    told = [" ".join(one.split()) for one in sentences if one.strip() and not one.strip().startswith("**")]
    return [(one, re.findall(r"`(tests/[^`]+)`", one)) for one in told]


@pytest.mark.parametrize(("part", "fewest"), [("engine", 25), ("sandbox", 19)])
def test_every_promise_names_tests_that_exist(part: str, fewest: int) -> None:
    found = promises(part)
    assert len(found) >= fewest
    for sentence, tests in found:
        assert tests, f"no test of: {sentence}"
        for test in tests:
            file, _, name = test.partition("::")
            assert (ROOT / file).exists(), test
            names = {node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if hasattr(node, "name")}
            assert not name or name in names, test
