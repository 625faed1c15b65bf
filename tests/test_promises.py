"""What CONTRIBUTING promises of the engine is held by tests that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def promises() -> list[tuple[str, list[str]]]:
    """Each sentence of the section, with the tests it names."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text.split("## Guarantees of the engine")[1].split("\n## ")[0]
    sentences = re.split(r"\n- |\n\n", section.split("\n\n", 2)[2])
    told = [" ".join(one.split()) for one in sentences if one.strip() and not one.strip().startswith("**")]
    return [(one, re.findall(r"`(tests/[^`]+)`", one)) for one in told]


def test_every_promise_names_tests_that_are_there() -> None:
    found = promises()
    assert len(found) > 25
    for sentence, tests in found:
        assert tests, f"nothing holds: {sentence}"
        for test in tests:
            file, _, name = test.partition("::")
            assert (ROOT / file).exists(), test
            names = {node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if hasattr(node, "name")}
            assert not name or name in names, test
