"""A plan file edited by hand, with a digest that fits."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pltui.errors import LabError, Refused
from pltui.lab import plan_file
from tests.test_planfile import HERE, MADE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    plan_file.save(path, HERE, MADE)
    return path


def edited(file: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(file.read_text())
    del document["digest"]
    edit(document)
    file.write_text(json.dumps({**document, "digest": plan_file._json_digest(document)}))


def exit_code(work: Callable[[], object]) -> int:
    try:
        work()
    except LabError as error:
        return error.code
    return 0


NO_CHANGES: tuple[Any, ...] = (None, 3, "text", [], {}, [[]], {"a": 1}, 10**17)


@pytest.mark.parametrize(
    "name", ["address", "op", "action", "kind", "why", "id", "takes_along", "changes", "wanted", "field", "was", "want"]
)
def test_a_change_of_another_shape_is_no_plan_or_is_refused(file: Path, name: str) -> None:
    text = file.read_text()
    for value in (*NO_CHANGES, "gone"):

        def edit(document: dict[str, Any], value: Any = value) -> None:
            change = next(each for each in document["changes"] if each["changes"])
            within = change["changes"][0] if name in ("field", "was", "want") else change
            within.pop(name) if value == "gone" else within.update({name: value})

        file.write_text(text)
        edited(file, edit)
        if exit_code(lambda: plan_file.load(file, HERE).check(MADE, first=True)) == 0:
            assert json.loads(file.read_text())["changes"] == json.loads(text)["changes"]


@pytest.mark.parametrize("name", ["action", "kind", "why", "takes_along"])
def test_a_plan_that_shows_a_reviewer_something_else_is_refused(file: Path, name: str) -> None:
    other = {"action": "create", "kind": "other", "why": "harmless", "takes_along": ["net/b"]}[name]
    edited(file, lambda document: document["changes"][0].update({name: other}))
    with pytest.raises(Refused, match="the lab has changed since the plan was made"):
        plan_file.load(file, HERE).check(MADE, first=True)


@pytest.mark.parametrize("name", ["made_for", "account", "changes"])
@pytest.mark.parametrize("value", NO_CHANGES)
def test_a_plan_with_a_part_of_another_type_is_no_plan(file: Path, name: str, value: Any) -> None:
    edited(file, lambda document: document.update({name: value}))
    assert exit_code(lambda: plan_file.load(file, HERE).check_account("111122223333")) in (0, 2, 4)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"version":1,"digest":1' + "0" * 5000 + "}", '{"digest":NaN}', "\ud800"]
)
def test_text_that_is_no_plan_is_wrong_usage(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(LabError, match="is not a plan") as raised:
        plan_file.load(tmp_path / "plan.json", HERE)
    assert raised.value.code == 2


def test_a_pipe_is_no_plan_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.json")
    with pytest.raises(LabError, match="cannot be read"):
        plan_file.load(tmp_path / "plan.json", HERE)
