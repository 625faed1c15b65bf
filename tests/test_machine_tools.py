"""The tools of `pltui shell`, with stand-ins that print what they were called with."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pltui.cli.machine_tools import Place, environment, install_tools, shell_command

PLACE = Place("i-1", "consumer", "127.0.0.1:1080", "127.0.0.1:5353", "http://127.0.0.1:4566", "eu-west-1")
CURL = "curl --proxy socks5h://i-1:-@127.0.0.1:1080 --noproxy "


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer with curl, dig and nslookup, and nothing else."""
    real = tmp_path / "it's bin"
    real.mkdir()
    for tool in ("curl", "dig", "nslookup"):
        (real / tool).write_text(f'#!/bin/sh\necho {tool} "$@"\nexit 9\n')
        (real / tool).chmod(0o700)
    monkeypatch.setenv("PATH", str(real))
    return real


@pytest.fixture
def folder(tmp_path: Path, real: Path) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    install_tools(folder, PLACE)
    return folder


def called(folder: Path, command: str) -> str:
    env = environment(folder, PLACE, os.environ)
    done = subprocess.run(["/bin/sh", "-c", command], env=env, capture_output=True, text=True, check=False)
    return done.stdout.strip() + done.stderr.strip() + f" -> {done.returncode}"


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        ("curl -s http://a/ 'b c'", f"{CURL} -s http://a/ b c"),
        ("curl -x other:1 http://a/", f"{CURL} -x other:1 http://a/"),  # curl takes the last
        ("dig a.example", "dig @127.0.0.1 -p 5353 a.example"),
        ("dig @8.8.8.8 a.example", "dig @8.8.8.8 a.example"),
        ("nslookup a.example", "nslookup -port=5353 a.example 127.0.0.1"),
        ("nslookup -type=AAAA a.example", "nslookup -port=5353 -type=AAAA a.example 127.0.0.1"),
        ("nslookup a.example 8.8.8.8", "nslookup a.example 8.8.8.8"),
        ("nslookup", "nslookup -port=5353 - 127.0.0.1"),
    ],
)
def test_tools_speak_as_the_machine_unless_told_otherwise_and_their_exit_code_is_theirs(
    folder: Path, command: str, runs: str
) -> None:
    assert called(folder, command) == f"{runs} -> 9"


@pytest.mark.parametrize("tool", ["ping", "traceroute", "nc", "wget"])
def test_what_cannot_speak_as_the_machine_says_so(folder: Path, tool: str) -> None:
    said = called(folder, f"{tool} somewhere")
    assert f"{tool} would run from this computer instead" in said
    assert said.endswith(" -> 1")


def test_a_tool_this_computer_lacks_is_said_to_be_missing(tmp_path: Path, real: Path) -> None:
    (real / "dig").unlink()
    install_tools(tmp_path, PLACE)
    assert called(tmp_path, "dig a") == "pltui: dig is not installed on this computer -> 127"


def test_aws_tools_are_led_to_the_sandbox_and_the_users_own_settings_are_out_of_reach(folder: Path) -> None:
    given = {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "secret", "HOME": "/root", "NO_PROXY": "intranet"}
    env = environment(folder, PLACE, given)
    assert env["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert env["AWS_REGION"] == "eu-west-1"
    assert "AWS_PROFILE" not in env
    assert "AWS_SESSION_TOKEN" not in env
    assert env["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert env["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert env["HOME"] == "/root"


@pytest.mark.parametrize(
    ("shell", "command", "interactive", "words"),
    [
        ("/bin/bash", None, True, ["/bin/bash", "--rcfile", "F/bashrc", "-i"]),
        ("/bin/zsh", None, True, ["/bin/zsh", "-i"]),
        ("/bin/bash", None, False, ["/bin/bash"]),
        ("/bin/bash", "curl x", True, ["/bin/bash", "-c", "curl x"]),
    ],
)
def test_the_users_shell_is_started_for_a_person_a_script_or_a_command(
    shell: str, command: str | None, interactive: bool, words: list[str]
) -> None:
    assert shell_command(shell, Path("F"), command, interactive=interactive) == words


def test_the_prompt_names_the_machine_and_the_tools_stay_first_whatever_the_users_rc_file_does(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / ".bashrc").write_text("PATH=/usr/bin:/bin:$PATH\nPS1='$ '\n")
    env = {**environment(folder, PLACE, os.environ), "HOME": str(tmp_path)}
    words = ["/bin/bash", "--rcfile", str(folder / "bashrc"), "-i"]
    done = subprocess.run(words, input='echo "<$PS1>"; curl x\n', env=env, capture_output=True, text=True, check=False)
    assert "<[consumer] $ >" in done.stdout
    assert f"{CURL} x" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "sh", "zsh"])
def test_a_machines_name_in_the_prompt_is_never_run(tmp_path: Path, shell: str) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed")
    trace, folder = tmp_path / "trace", tmp_path / "tools"
    folder.mkdir()
    place = replace(PLACE, label=f"$(touch {trace})`touch {trace}`\\$(touch {trace})%n")
    install_tools(folder, place)
    env = environment(folder, place, {**os.environ, "HOME": str(tmp_path)})
    words = shell_command(found, folder, None, interactive=True)
    done = subprocess.run(words, env=env, input="echo done\n", capture_output=True, text=True, check=False)
    assert "done" in done.stdout
    assert not trace.exists()
