"""Every recipe of pltui/emulator/RECIPES.md, run as it stands, with the tools that are on this computer."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # whole tools, a minute of them

HERE = Path(__file__).resolve().parents[2]
RECIPES = HERE / "pltui/emulator/RECIPES.md"
TIMEOUT = 280

Script = Callable[[str], str]


def blocks(language: str, name: str) -> str:
    """What stands in the fences marked with `language name`, one after another."""
    found = re.findall(rf"^```{language} {name}\n(.*?)^```$", RECIPES.read_text(), re.MULTILINE | re.DOTALL)
    assert found, (language, name)
    return "\n".join(found)


def needs(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not on this computer")


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    """Runs a recipe's shell lines after those all recipes share, on a free port; its stdout."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "pltui").write_text(f'#!/bin/sh\nPYTHONPATH="{HERE}" exec "{sys.executable}" -m pltui "$@"\n')
    (tools / "pltui").chmod(0o700)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PLTUI_RUNTIME_DIR": str(tmp_path / "runtime"),
    }

    def run(lines: str) -> str:
        whole = "set -euo pipefail\n" + lines.replace("4566", str(port))
        done = subprocess.run(
            ["bash", "-c", whole], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    yield run
    run("pltui sandbox down")


@pytest.fixture
def recipe(script: Script) -> Script:
    return lambda name: script(blocks("sh", "setup") + blocks("sh", name))


def test_aws_cli(recipe: Script) -> None:
    needs("aws", "curl", "python3")
    assert recipe("aws").rstrip().endswith("hello")


def test_pytest(script: Script, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(blocks("python", "pytest"))
    said = script(f'"{sys.executable}" -m pytest -q -p no:cacheprovider --rootdir . -c /dev/null test_it.py')
    assert "2 passed" in said


@pytest.mark.slow
@pytest.mark.timeout(TIMEOUT)
def test_terraform(recipe: Script, tmp_path: Path) -> None:
    needs("terraform")
    (tmp_path / "main.tf").write_text(blocks("hcl", "terraform"))
    if subprocess.run(["terraform", "init"], cwd=tmp_path, capture_output=True, check=False).returncode != 0:
        pytest.skip("Terraform's registry is out of reach, and TF_CLI_ARGS_init names no folder of plugins")
    assert "Destroy complete! Resources: 2 destroyed." in recipe("terraform")


@pytest.mark.slow
@pytest.mark.timeout(TIMEOUT)
def test_ansible(recipe: Script, tmp_path: Path) -> None:
    needs("ansible-playbook")
    (tmp_path / "playbook.yml").write_text(blocks("yaml", "ansible"))
    assert "changed=0" in recipe("ansible")
