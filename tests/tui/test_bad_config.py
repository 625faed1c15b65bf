"""A config file that is none, or has no place to be: told where it is looked for, and never a crash."""

import os
import re
from pathlib import Path

import pytest

from pltui.cli.main import main
from pltui.tui.user_settings import config_file
from pltui.tui.user_settings.config_file import ConfigError


@pytest.mark.parametrize("content", [b"\xff\xfe[app]", b"#" * (config_file.MAX_BYTES + 1), b"a=" + b"[" * 100_000])
def test_a_hostile_file_is_a_problem_and_no_crash(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    monkeypatch.setenv(config_file.VARIABLE, str(file))
    with pytest.raises(ConfigError):
        config_file.load()


@pytest.mark.parametrize("command", [["config"], ["log", "--help"], ["specs/privatelink.yaml"]], ids=" ".join)
@pytest.mark.parametrize("variable", [config_file.VARIABLE, "XDG_CONFIG_HOME"])
def test_a_place_no_file_can_have_is_a_problem_there_and_no_crash(
    variable: str, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(config_file.VARIABLE, raising=False)
    monkeypatch.delenv("PLTUI_LANG", raising=False)  # else the file is not asked for the language
    monkeypatch.setenv(variable, "/" + "x" * 300)
    if "--help" in command:
        with pytest.raises(SystemExit, match="0"):
            main(command)
        return
    assert main(command) == 2
    assert re.fullmatch(
        r"/x+(/pltui/config\.toml)?:1:1: the config file cannot be read: File name too long\n", capsys.readouterr().err
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter everything")
def test_a_folder_nobody_may_enter_is_a_problem_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(config_file.VARIABLE, raising=False)
    monkeypatch.delenv("PLTUI_LANG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "closed"))
    (tmp_path / "closed").mkdir(mode=0o000)
    assert main(["config"]) == 2
    assert "config.toml:1:1: the config file cannot be read: Permission denied" in capsys.readouterr().err
