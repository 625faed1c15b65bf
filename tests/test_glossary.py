"""Each term of the glossary in CONTRIBUTING names a module, class, function or file that exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pltui"


def terms() -> dict[str, str]:
    """Term -> its place in the code, such as `engine.model:Desired`, `topology.naming` or `emulator/FIDELITY.md`."""
    section = (ROOT / "CONTRIBUTING.md").read_text().split("## Glossary")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| ([a-z ,]+) \| .* \| `([^`]+)` \|$", section, re.MULTILINE))


def names_in(module: str) -> set[str]:
    """Return the names of the module's classes, functions and constants."""
    path = PACKAGE / module.replace(".", "/")
    source = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    tree = ast.parse(source.read_text())
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    assigned = [node.targets for node in tree.body if isinstance(node, ast.Assign)]
    flat = [name for targets in assigned for target in targets for name in ast.walk(target)]
    return defined | {name.id for name in flat if isinstance(name, ast.Name)}


def test_the_glossary_has_the_terms_of_the_field() -> None:
    assert {"desired", "observed", "plan", "drift", "lease", "fault", "look, observation"} <= terms().keys()
    assert len(terms()) > 35


@pytest.mark.parametrize(("term", "place"), terms().items())
def test_a_term_has_a_place_in_the_code(term: str, place: str) -> None:
    if "/" in place:
        assert (PACKAGE / place).exists(), term
        return
    module, _, name = place.partition(":")
    names = names_in(module)
    assert not name or name in names, term
