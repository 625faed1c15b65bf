"""What each command loads: starting up is paid for by every one of them, so nothing heavy comes along unasked."""

import json
import subprocess
import sys

import pytest

SCREEN = {"textual", "rich"}
CLOUD = {"boto3", "botocore", "moto", "flask", "werkzeug"}
NETWORK = {"httpx", "dns", "h11", "uvloop"}
SPEC = {"ruamel", "jsonschema"}

# A new interpreter each time: what this one has loaded already would hide what is asked.
PROGRAM = """
import contextlib, io, json, sys
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    from pltui.cli.main import main
    {call}
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def loaded(*arguments: str) -> set[str]:
    """The top-level packages in memory after `pltui` ran with `arguments`, or was only imported."""
    call = f"main({list(arguments)!r})" if arguments else ""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(call=call)], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("arguments", [(), ("--help",), ("--version",), ("reconcile", "--help")], ids=" ".join)
def test_the_command_line_itself_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert not loaded(*arguments) & (SCREEN | CLOUD | NETWORK | SPEC)


@pytest.mark.parametrize("arguments", [("validate", "specs/privatelink.yaml"), ("schema",)], ids=" ".join)
def test_checking_a_spec_loads_neither_screen_nor_cloud_nor_network(arguments: tuple[str, ...]) -> None:
    assert not loaded(*arguments) & (SCREEN | CLOUD | NETWORK)


def test_completion_scripts_are_made_without_a_lab() -> None:
    assert not loaded("completion", "bash") & (SCREEN | CLOUD | NETWORK | SPEC)


def test_talking_to_aws_loads_neither_screen_nor_emulator() -> None:
    # Nobody listens on port 1: all is loaded that a command needs for its first call.
    assert not loaded("plan", "specs/privatelink.yaml", "--endpoint-url", "http://127.0.0.1:1") & (SCREEN | {"moto"})
