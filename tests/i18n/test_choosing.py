"""Which language is spoken: the option, then the environment, then the config file, then the locale."""

import json
from pathlib import Path

import pytest

from pltui import i18n
from pltui.cli import localized_argparse
from pltui.cli.main import main
from pltui.text import width, wrap

SPEC = "specs/privatelink.yaml"
UTF8 = {"LANG": "ja_JP.UTF-8"}


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.utf8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "ja_JP.UTF-8", "LANG": "C"}, "ja"),
        ({"LANG": "ja_JP.eucJP"}, "en"),
        ({"LANG": "ja_JP.SJIS"}, "en"),
        ({"PLTUI_LANG": "en", "LANG": "ja_JP.UTF-8"}, "en"),
        ({"PLTUI_LANG": "ja", "LANG": "C"}, "ja"),
        ({"PLTUI_LANG": "tlh", "LANG": "ja_JP.UTF-8"}, "ja"),
    ],
)
def test_the_environment_chooses(environ: dict[str, str], language: str) -> None:
    assert i18n.preferred_language(environ) == language


def test_the_config_file_comes_before_the_locale_and_after_the_variable() -> None:
    assert i18n.preferred_language(UTF8, lambda: "en") == "en"
    assert i18n.preferred_language({"PLTUI_LANG": "ja"}, lambda: "en") == "ja"


def test_the_config_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "pltui" / "config.toml"
    config.parent.mkdir()
    config.write_text('[app]\nlang = "ja"\n')
    monkeypatch.delenv("PLTUI_LANG")
    monkeypatch.delenv("PLTUI_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    localized_argparse.choose_language([])
    assert i18n.current_language() == "ja"


@pytest.mark.parametrize(
    "argv", [["--lang", "ja", "--help"], ["plan", SPEC, "--lang=ja"], ["--lang", "en", "--lang=ja"]]
)
def test_the_option_may_stand_anywhere_and_wins(argv: list[str]) -> None:
    rest = localized_argparse.choose_language(argv)
    assert i18n.current_language() == "ja"
    assert "--lang" not in " ".join(rest)


def test_behind_two_dashes_it_is_no_option() -> None:
    assert localized_argparse.choose_language(["log", "--", "--lang", "ja"]) == ["log", "--", "--lang", "ja"]
    assert i18n.current_language() == "en"


def test_a_language_there_is_not_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["status", SPEC, "--lang", "tlh"])
    assert ending.value.code == 2
    assert "invalid choice: 'tlh'" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--help"], ["plan", "--help"], ["sandbox", "fault", "--help"]], ids=" ".join)
def test_help_is_japanese_and_fits(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--lang", "ja", *argv])
    told = capsys.readouterr().out
    assert told.startswith("使い方: ")
    assert "オプション:" in told
    assert not {"usage:", "options:", "show this", "positional arguments"} & set(told.split("\n"))


def test_errors_are_japanese_and_exit_codes_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "ja", "nothing-of-the-kind"]) == 2
    assert "コマンドでもスペックでもありません" in capsys.readouterr().err


def test_a_bad_spec_is_told_in_japanese_at_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "bad.yaml"
    spec.write_text("version: 1\nname: x\nprovidr: {}\nconsumers: {}\n")
    assert main(["validate", str(spec), "--lang", "ja"]) == 2
    assert f"{spec}:3:1: 不明なキー 'providr' です。'provider' のことですか?" in capsys.readouterr().err


def test_json_is_for_machines_and_stays_english(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "bad.yaml"
    spec.write_text("version: 1\nname: x\nprovidr: {}\nconsumers: {}\n")
    main(["validate", str(spec), "--lang", "ja", "--json"])
    problems = json.loads(capsys.readouterr().out)["specs"][0]["problems"]
    assert "unknown key 'providr'; did you mean 'provider'?" in [each["message"] for each in problems]


@pytest.mark.parametrize("cells", [10, 21, 40])
def test_wrapped_lines_are_as_long_as_they_look(cells: int) -> None:
    text = "クロスゾーン負荷分散を切り替え、応答の変化を見る。例: pltui cross-zone SPEC off"
    lines = wrap(text, cells)
    assert all(width(line.rstrip("、。")) <= cells for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in "、。ー" for line in lines)


@pytest.mark.parametrize(
    ("text", "cells"),
    [("ที่", 1), ("ภาษาไทย", 7), ("न्", 1), ("हिन्दी", 5), ("e\u0301", 1), ("日本", 4), ("が", 2), ("か\u3099", 2),
     ("a\u20dd", 1), ("a\u200d", 1), ("●─…", 3)],
)  # fmt: skip
def test_marks_that_stand_on_a_letter_take_no_cell_of_their_own(text: str, cells: int) -> None:
    assert width(text) == cells
