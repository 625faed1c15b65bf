"""`pltui new`: commented specs to start from."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.request import url2pathname

import pytest
from ruamel.yaml import YAML

from pltui.cli.main import main
from pltui.spec import load, parse, schema_text
from pltui.spec.schema import resolve, schema, schema_uri, with_defaults
from pltui.spec.templates import NAMES, template, templates

Told = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def keys(node: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Every key the schema describes; those of a consumer below the name the templates give it."""
    node = resolve(node)
    found = set()
    for key, child in node.get("properties", {}).items():
        found |= {(*path, key)} | keys(child, (*path, key))
    others = node.get("additionalProperties")
    return found | keys(others, (*path, "consumer")) if isinstance(others, dict) else found


def written(data: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if not isinstance(data, dict):
        return set()
    return {(*path, key) for key in data} | {each for key in data for each in written(data[key], (*path, key))}


class TestTemplates:
    def test_each_file_in_the_folder_is_one(self) -> None:
        folder = Path(template("lesson").__module__.replace(".", "/"))
        home = Path(__file__).parents[1] / folder
        assert {path.stem for path in home.glob("*.yaml")} == set(NAMES)

    @pytest.mark.parametrize("name", NAMES)
    def test_each_is_valid_and_named_after_itself(self, name: str) -> None:
        spec = parse(template(name).spec(name, "lab.schema.json"))
        assert (spec.name, spec.provider.load_balancer.name) == (name, f"{name}-nlb")

    @pytest.mark.parametrize("name", NAMES)
    def test_each_key_is_explained_where_it_first_stands(self, name: str) -> None:
        text = template(name).text
        described = {path[-1] for path in keys(schema())}
        for key in {path[-1] for path in written(YAML(typ="safe").load(text))} & described:
            first = re.search(rf"(?m)^(#.*\n)?\s*(- )?{key}:.*$", text)
            assert first
            assert "#" in first[0], first[0]

    def test_the_lesson_shows_every_key_there_is(self) -> None:
        data = YAML(typ="safe").load(template("lesson").text)
        described = keys(schema())
        missing = {path for path in described - written(data) if "account" not in path}
        assert not missing
        assert template("lesson").text.count("# account:") == 2

    def test_the_lesson_shows_the_defaults_as_it_says(self) -> None:
        data = YAML(typ="safe").load(template("lesson").text)
        bare = {key: data[key] for key in ("version", "name", "region", "experiments")}
        balancer = {"name": data["provider"]["load_balancer"]["name"]}
        bare |= {"provider": {"load_balancer": balancer}, "consumers": {"consumer": {"client": {"subnet": 1}}}}
        assert parse(template("lesson").text) == parse(json.dumps(bare))
        assert with_defaults(bare)["probe"] == data["probe"]

    def test_each_says_in_one_line_what_it_shows(self) -> None:
        for each in templates():
            assert 20 < len(each.summary) < 100
            assert each.summary.endswith(".")


class TestWriting:
    def test_the_file_is_named_after_the_template_and_can_be_used(self, capsys: Told) -> None:
        assert main(["new", "lesson"]) == 0
        told = capsys.readouterr()
        assert told.out == "lesson.yaml\n"
        assert "pltui lesson.yaml" in told.err
        assert load("lesson.yaml").name == "lesson"

    def test_a_name_of_one_s_own_is_the_lab_s_and_the_load_balancer_s(self) -> None:
        assert main(["new", "two-consumers", "--name", "shop", "-o", "mine.yaml"]) == 0
        spec = load("mine.yaml")
        assert (spec.name, spec.provider.load_balancer.name) == ("shop", "shop-nlb")

    def test_a_long_name_leaves_a_load_balancer_s_that_aws_takes(self) -> None:
        assert main(["new", "minimal", "--name", "a" * 32]) == 0
        assert len(load("minimal.yaml").provider.load_balancer.name) == 32

    @pytest.mark.parametrize("name", ["Shop", "a b", "1", "null", "x\nname: y", "a" * 33, "\ud800"])
    def test_a_name_no_lab_can_have_is_a_usage_error_and_nothing_is_written(self, name: str, capsys: Told) -> None:
        assert main(["new", "minimal", "--name", name]) == 2
        assert "--name" in capsys.readouterr().err
        assert not list(Path.cwd().iterdir())

    def test_a_file_that_is_there_is_not_touched(self, capsys: Told) -> None:
        Path("lesson.yaml").write_text("mine")
        assert main(["new", "lesson"]) == 4
        assert Path("lesson.yaml").read_text() == "mine"
        assert "--force" in capsys.readouterr().err

    def test_unless_that_is_asked_for(self) -> None:
        Path("lesson.yaml").write_text("mine")
        assert main(["new", "lesson", "--force"]) == 0
        assert load("lesson.yaml").name == "lesson"

    def test_a_link_is_never_written_through(self, capsys: Told) -> None:
        Path("lesson.yaml").symlink_to("elsewhere.yaml")
        for words in ([], ["--force"]):
            assert main(["new", "lesson", *words]) in (2, 4)
        assert not Path("elsewhere.yaml").exists()

    def test_a_folder_that_is_not_there_is_a_usage_error(self, capsys: Told) -> None:
        assert main(["new", "lesson", "-o", "no/where.yaml"]) == 2
        assert "there is no folder no" in capsys.readouterr().err

    def test_to_standard_output_goes_the_spec_and_nothing_else(self, capsys: Told) -> None:
        assert main(["new", "zonal", "-o", "-"]) == 0
        told = capsys.readouterr()
        assert parse(told.out).name == "zonal"
        assert (told.err, list(Path.cwd().iterdir())) == ("", [])

    def test_an_unknown_template_is_a_usage_error_with_a_guess(self, capsys: Told) -> None:
        assert main(["new", "leson"]) == 2
        assert "did you mean 'lesson'" in capsys.readouterr().err

    def test_json_tells_what_was_written(self, capsys: Told) -> None:
        assert main(["new", "minimal", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {
            "template": "minimal", "file": "minimal.yaml", "lab": "minimal", "schema": None,
        }  # fmt: skip


class TestListing:
    def test_without_a_name_each_template_is_told_in_a_line(self, capsys: Told) -> None:
        assert main(["new"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == list(NAMES)

    def test_json_lists_them_too(self, capsys: Told) -> None:
        assert main(["new", "--json"]) == 0
        listed = json.loads(capsys.readouterr().out)["templates"]
        assert [each["name"] for each in listed] == list(NAMES)


class TestSchema:
    def test_editors_find_the_installed_schema_by_its_uri(self) -> None:
        main(["new", "minimal"])
        assert Path("minimal.yaml").read_text().startswith(f"# yaml-language-server: $schema={schema_uri()}\n")
        path = url2pathname(schema_uri().removeprefix("file://"))
        assert Path(path).read_text("utf-8") == schema_text()

    def test_it_can_be_put_beside_the_spec(self) -> None:
        main(["new", "minimal", "--schema"])
        assert Path("minimal.yaml").read_text().startswith("# yaml-language-server: $schema=lab.schema.json\n")
        assert Path("lab.schema.json").read_text("utf-8") == schema_text()

    def test_another_s_of_that_name_is_not_touched_and_nothing_is_written(self, capsys: Told) -> None:
        Path("lab.schema.json").write_text("{}")
        assert main(["new", "minimal", "--schema"]) == 4
        assert "lab.schema.json already exists" in capsys.readouterr().err
        assert Path("lab.schema.json").read_text() == "{}"
        assert not Path("minimal.yaml").exists()

    def test_unless_that_is_asked_for(self) -> None:
        Path("lab.schema.json").write_text("{}")
        assert main(["new", "minimal", "--schema", "--force"]) == 0
        assert Path("lab.schema.json").read_text("utf-8") == schema_text()

    def test_the_same_one_may_lie_there_already(self) -> None:
        for name in ("minimal", "lesson"):
            assert main(["new", name, "--schema"]) == 0
        assert Path("lab.schema.json").read_text("utf-8") == schema_text()

    def test_of_one_that_cannot_be_written_is_told_before_the_spec_is(self, capsys: Told) -> None:
        Path("lab.schema.json").symlink_to("elsewhere.json")
        for words in ([], ["--force"]):
            assert main(["new", "minimal", "--schema", *words]) in (2, 4)
        assert not Path("minimal.yaml").exists()

    @pytest.mark.parametrize("words", [[], ["--force"]])
    @pytest.mark.parametrize("there", [True, False])
    def test_the_spec_cannot_have_its_place(self, words: list[str], there: bool, capsys: Told) -> None:
        if there:
            Path("lab.schema.json").write_text("mine")
        assert main(["new", "lesson", "-o", "./lab.schema.json", "--schema", *words]) == 2
        assert "lab.schema.json" in capsys.readouterr().err
        assert [each.read_text() for each in Path.cwd().iterdir()] == (["mine"] if there else [])

    def test_one_that_lies_there_already_is_used_and_left_as_it_is(self) -> None:
        Path("lab.schema.json").write_text("{}")
        main(["new", "minimal"])
        assert Path("minimal.yaml").read_text().startswith("# yaml-language-server: $schema=lab.schema.json\n")
        assert Path("lab.schema.json").read_text() == "{}"
