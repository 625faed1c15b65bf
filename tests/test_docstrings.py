"""Public functions are documented, say which errors they raise, and begin with a noun phrase or an imperative."""

import ast

from tests.code_metrics import PRODUCT, begins_with_wh, docstrings, modules, own_raises, public_functions


def test_every_public_function_has_a_docstring() -> None:
    missing = [
        f"{one.name}:{node.lineno} {node.name}"
        for one, node in public_functions(modules(PRODUCT))
        if ast.get_docstring(node) is None
    ]
    assert missing == []


def test_every_public_function_that_raises_says_so() -> None:
    silent = [
        f"{one.name}:{node.lineno} {node.name}"
        for one, node in public_functions(modules(PRODUCT))
        if own_raises(node) and "Raises" not in (ast.get_docstring(node) or "")
    ]
    assert silent == []


def test_no_docstring_begins_with_a_question_word() -> None:
    assert [name for name, text in docstrings(modules(PRODUCT)) if begins_with_wh(text)] == []
