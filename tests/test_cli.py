"""The command line itself: what it understands, where it writes, and how it ends. No lab is needed for any of it."""

import argparse
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pltui.cli.main import expand_arguments, main
from pltui.cli.parser import APP, COMMANDS, build_parser
from pltui.errors import LabError

SPEC = "specs/privatelink.yaml"
NOBODY = "http://127.0.0.1:1"


def subcommands() -> dict[str, argparse.ArgumentParser]:
    parser = build_parser()
    action = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def pltui(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pltui", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False, **options
    )  # type: ignore[call-overload, no-any-return]


class TestHelp:
    def test_the_list_of_commands_is_the_parsers_own(self) -> None:
        assert list(subcommands()) == list(COMMANDS)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_each_command_shows_an_example_that_its_parser_takes(self, command: str) -> None:
        epilog = subcommands()[command].epilog
        assert epilog is not None
        example = epilog.removeprefix('example: eval "$(').removeprefix("example: ").removesuffix(')"')
        words = example.partition(" > ")[0].split()
        assert words[:2] == ["pltui", command]
        build_parser().parse_args(words[1:])

    @pytest.mark.parametrize("command", COMMANDS)
    def test_usage_names_the_command_alone(self, command: str) -> None:
        assert subcommands()[command].format_usage().startswith(f"usage: pltui {command} ")

    def test_help_and_version_go_to_stdout(self) -> None:
        for word in ("--help", "--version"):
            done = pltui(word)
            assert (done.returncode, done.stderr) == (0, "")
            assert done.stdout.startswith(("usage: pltui", "pltui "))

    def test_help_tells_the_exit_codes(self) -> None:
        assert all(f"{code} " in build_parser().format_help() for code in (0, 1, 2, 3, 4, 130))


class TestUsage:
    def test_a_spec_alone_opens_the_app(self) -> None:
        assert expand_arguments([SPEC]) == [APP, SPEC]
        assert expand_arguments(["--set", "name=x", SPEC]) == [APP, "--set", "name=x", SPEC]

    @pytest.mark.parametrize(
        ("typed", "meant"), [("recncile", "reconcile"), ("probes", "probe"), ("cross", "cross-zone")]
    )
    def test_a_mistyped_command_is_answered_with_the_one_meant(self, typed: str, meant: str) -> None:
        with pytest.raises(LabError) as raised:
            expand_arguments([typed, "lab"])
        assert (raised.value.code, raised.value.hint) == (2, f"did you mean `pltui {meant}`?")

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("nonsense",),
            ("plan",),
            ("plan", SPEC, "--tmeout", "5"),
            ("plan", SPEC, "--target", "mars"),
            ("plan", SPEC, "--timeout", "nan"),
            ("probe", SPEC, "-n", "0"),
            ("cross-zone", SPEC, "perhaps"),
            ("sandbox", "up", "--speed", "-1"),
            ("sandbox",),
            ("sandbox", "up", "--port", "0"),
            ("sandbox", "snapshot", "save"),
            ("sandbox", "snapshot", "keep", "file"),
            ("sandbox", "fault", "earthquake"),
            ("sandbox", "fault", "latency", "much"),
            ("shell",),
            ("plan", SPEC, "--endpoint-url", "nonsense"),
            ("plan", SPEC, "--set", "provider.serverz=1"),
            ("plan", "specs/no-such-file.yaml"),
            ("specs",),
        ],
        ids=" ".join,
    )
    def test_wrong_usage_is_2_and_says_so_on_stderr_alone(self, arguments: tuple[str, ...]) -> None:
        done = pltui(*arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr
        assert "Traceback" not in done.stderr

    def test_an_endpoint_that_is_not_this_machine_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["plan", SPEC, "--endpoint-url", "https://ec2.ap-northeast-1.amazonaws.com"]) == 4
        assert "--target aws" in capsys.readouterr().err

    def test_destroy_asks_for_a_confirmation_before_it_looks_at_anything(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["destroy", SPEC, "--endpoint-url", NOBODY]) == 4
        assert "--yes" in capsys.readouterr().err


class TestWithoutATerminal:
    def test_the_app_names_the_commands_to_use_instead(self) -> None:
        done = pltui(SPEC)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"pltui reconcile {SPEC}" in done.stderr

    def test_the_app_needs_stderr_too_as_it_draws_there(self) -> None:
        outside, inside = pty.openpty()
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pltui", SPEC],
                stdin=inside, stdout=inside, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                env={**os.environ, "TERM": "xterm"},
            )  # fmt: skip
        finally:
            os.close(inside)
            os.close(outside)
        assert done.returncode == 2
        assert "stderr" in done.stderr


class TestValidate:
    def test_every_spec_that_comes_with_it_is_valid(self, capsys: pytest.CaptureFixture[str]) -> None:
        specs = sorted(str(path) for path in Path("specs").glob("*.yaml"))
        assert main(["validate", *specs]) == 0
        assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == specs

    def test_problems_go_to_stderr_with_their_place_and_the_rest_is_still_checked(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bad = tmp_path / "bad.yaml"
        bad.write_text("version: 1\nname: x\nprovidr: {}\nconsumers: {}\n")
        assert main(["validate", str(bad), SPEC]) == 2
        captured = capsys.readouterr()
        assert f"{bad}:3:1: " in captured.err
        assert captured.out.startswith(SPEC)

    def test_json_is_one_document_with_line_and_column(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bad = tmp_path / "bad.yaml"
        bad.write_text("version: 1\nname: x\nprovidr: {}\nconsumers: {}\n")
        assert main(["validate", "--json", str(bad), SPEC]) == 2
        document = json.loads(capsys.readouterr().out)
        assert document["valid"] is False
        assert [one["valid"] for one in document["specs"]] == [False, True]
        assert {"file", "line", "column", "message"} <= document["specs"][0]["problems"][0].keys()

    def test_the_schema_printed_is_the_one_editors_use(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["schema"]) == 0
        assert json.loads(capsys.readouterr().out) == json.loads(Path("schemas/lab.schema.json").read_text())


class TestCompletion:
    def complete(self, script: Path, *words: str) -> set[str]:
        """What bash offers for the last of `words`."""
        program = (
            'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; _shtab_pltui; '
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = subprocess.run(
            ["bash", "-c", program, "bash", script, *words], capture_output=True, text=True, timeout=30, check=True
        )
        assert done.stderr == ""
        return set(done.stdout.split())

    @pytest.fixture
    def bash(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
        assert main(["completion", "bash"]) == 0
        script = tmp_path / "pltui.bash"
        script.write_text(capsys.readouterr().out)
        return script

    def test_bash_offers_commands_options_values_and_files(self, bash: Path) -> None:
        assert self.complete(bash, "pltui", "rec") == {"reconcile"}
        assert self.complete(bash, "pltui", "probe", SPEC, "--v") == {"--verbose", "--via"}
        assert self.complete(bash, "pltui", "cross-zone", SPEC, "o") == {"on", "off"}
        assert SPEC in self.complete(bash, "pltui", "reconcile", "specs/")

    @pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh here")
    def test_zsh_loads_its_script_by_eval_and_from_a_folder_of_functions(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["completion", "zsh"]) == 0
        (tmp_path / "_pltui").write_text(capsys.readouterr().out)
        loads = {"_shtab_pltui": 'compinit -u; eval "$(<$1/_pltui)"', "_pltui": "fpath=($1 $fpath); compinit -u"}
        for function, load in loads.items():
            program = f"autoload -Uz compinit; {load}; print $_comps[pltui]"
            done = subprocess.run(
                ["zsh", "-f", "-c", program, "zsh", tmp_path],
                env={**os.environ, "ZDOTDIR": str(tmp_path)},
                capture_output=True, text=True, timeout=30, check=True,
            )  # fmt: skip
            assert done.stdout.split() == [function]
