"""shell: run commands as a machine of the lab.

On the sandbox this is the user's own shell, on AWS a session of Session Manager.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pltui.aws.user_errors import as_lab_error
from pltui.cli import options
from pltui.cli.exit_codes import DONE
from pltui.cli.lab_command import read_lab, run_on_lab
from pltui.cli.machine_tools import Place, environment, install_tools, shell_command
from pltui.cli.output import Output
from pltui.engine.errors import CloudError
from pltui.errors import LabError
from pltui.i18n import tr
from pltui.sandbox.launcher import LauncherError
from pltui.text import clean
from pltui.topology import PROVIDER, Address

if TYPE_CHECKING:
    from pltui.lab.session import Lab

SHELL_AS = "the machine: consumer, server-2, a Name or an instance id (default: the first consumer's client)"


@dataclass(slots=True)
class _Found:
    """Facts read from the lab, used after its event loop has ended."""

    place: Place | None = None
    instance: str = ""
    region: str = ""
    profile: str | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui shell SPEC [options]"
    parser.epilog = options.example("pltui shell specs/privatelink.yaml --as server-2")
    options.add_spec(parser)
    options.add_record(parser)
    parser.add_argument("--as", dest="machine", metavar="MACHINE", help=tr(SHELL_AS))
    text = tr("run this command instead of an interactive shell")
    parser.add_argument("-c", "--command", metavar="COMMAND", help=text)


def run(args: argparse.Namespace) -> int:
    """Open a shell as a machine of the lab; return the shell's exit code.

    Raises:
        LabError: If the machine is not found, does not run, or its network cannot be reached.
    """
    if args.target == "aws":
        return _open_session(args)
    found = _Found()

    async def work(lab: Lab, out: Output) -> int:
        import asyncio

        if lab.sandbox is None:
            raise LabError(tr("only the sandbox has a network behind its API"), tr("leave out --endpoint-url"), 2)
        wanted, instance = await _find_machine(lab, args.machine)
        try:
            machines = await asyncio.to_thread(lab.sandbox.machines)
        except LauncherError as error:
            raise LabError(str(error)) from error
        machine = _choose_machine(machines, wanted, instance)
        label = clean(args.machine or machine["name"] or machine["id"])
        sandbox = lab.sandbox
        found.place = Place(machine["id"], label, sandbox.socks, machine["dns"], sandbox.endpoint_url, lab.region)
        return DONE

    run_on_lab(args, work, events=False, looking=False)
    assert found.place is not None
    return _run_shell(found.place, args.command)


def _run_shell(place: Place, command: str | None) -> int:
    """Run the shell; return its exit code."""
    shell_path = os.environ.get("SHELL") or "/bin/sh"
    with tempfile.TemporaryDirectory(prefix="pltui-shell-") as name:
        folder = Path(name)
        install_tools(folder, place)
        words = shell_command(shell_path, folder, command, interactive=sys.stdin is not None and sys.stdin.isatty())
        return _run_program(words, environment(folder, place, os.environ))


def _run_program(words: list[str], env: dict[str, str] | None = None) -> int:
    # Ctrl-C is for the child process. A handler is not inherited, whereas an ignored signal would be.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        code = subprocess.run(words, env=env, check=False).returncode  # noqa: S603 # the user's own shell and command
    except OSError as error:
        raise LabError(
            tr("{command} cannot be started: {strerror}", command=words[0], strerror=error.strerror),
            tr("set SHELL to the shell to use"),
        ) from error
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


async def _find_machine(lab: Lab, machine: str | None) -> tuple[str, str]:
    """Return the name of the requested machine, and its instance id, or "" if the spec does not declare it.

    Raises LabError if the spec declares the machine but it does not exist yet.
    """
    declared = {desired.address for desired in lab.all_desired if desired.kind == "instance"}
    address = _machine_address(lab, machine)
    if address not in declared:
        return machine or "", ""
    ids = await lab.find(address)
    if address not in ids:
        raise LabError(tr("{address} does not exist yet", address=address), tr("`pltui reconcile` creates it"))
    return machine or address, ids[address]


def _machine_address(lab: Lab, machine: str | None) -> str:
    """Return the address that the spec would give to this machine: `consumer`, `consumer/client` or `server-2`."""
    name = machine or next(iter(lab.spec.consumers))
    if name in lab.spec.consumers:
        return f"{name}/client"
    return name if Address.parse(name).parts else f"{PROVIDER}/{name}"


def _choose_machine(machines: list[dict[str, Any]], wanted: str, instance: str) -> dict[str, Any]:
    """Return the requested machine if exactly one runs. Raises LabError otherwise."""
    found = [each for each in machines if each["id"] == (instance or wanted)]
    found = found or [each for each in machines if wanted and each["name"] == wanted]
    running = [each for each in found if each["state"] == "running" and each["dns"]]
    if len(running) == 1:
        return running[0]
    if len(running) > 1:
        ids = ", ".join(each["id"] for each in running)
        raise LabError(
            tr("{n} machines are named {wanted}", n=len(running), wanted=wanted),
            tr("choose one by its id: {ids}", ids=ids),
        )
    if found or instance:
        state = found[0]["state"] if found else tr("not running")
        raise LabError(
            tr("{wanted} ({instance}) is {state}", wanted=wanted, instance=instance or found[0]["id"], state=state),
            tr("start it, or wait until it runs"),
        )
    there = ", ".join(f"{each['name']} ({each['id']})" if each["name"] else each["id"] for each in machines)
    hint = (
        tr("choose from {there}", there=there)
        if there
        else tr("the lab has no machines yet: `pltui reconcile` creates them")
    )
    raise LabError(tr("there is no machine {wanted!r}", wanted=wanted), hint)


def _open_session(args: argparse.Namespace) -> int:
    """Open a Session Manager session. Raises LabError (2) if the tools for it are not installed."""
    missing = [tool for tool in ("aws", "session-manager-plugin") if shutil.which(tool) is None]
    if missing:
        hint = tr("install the AWS CLI and its Session Manager plugin, or use `pltui probe --via ssm`")
        raise LabError(
            tr("a shell on AWS needs {missing}, which is not installed", missing=" and ".join(missing)), hint, 2
        )
    lab = read_lab(args)
    found = _Found(region=lab.region, profile=args.profile or lab.spec.provider.account.profile)

    async def work(lab: Lab, out: Output) -> int:
        wanted, found.instance = await _find_machine(lab, args.machine)
        if not found.instance:
            found.instance = wanted if wanted.startswith("i-") else await _instance_by_name(lab, wanted)
        return DONE

    run_on_lab(args, work, events=False, looking=False)
    words = ["aws", "ssm", "start-session", "--target", found.instance, "--region", found.region]
    words += ["--profile", found.profile] if found.profile else []
    if args.command is not None:
        # A document provided by Systems Manager; it passes on the command's output, but not its exit code.
        words += ["--document-name", "AWS-StartNonInteractiveCommand"]
        words += ["--parameters", json.dumps({"command": [args.command]})]
    return _run_program(words)


async def _instance_by_name(lab: Lab, name: str) -> str:
    """Return the id of the running instance with this Name tag. Raises LabError unless there is exactly one."""
    wanted = [{"Name": "tag:Name", "Values": [name]}, {"Name": "instance-state-name", "Values": ["running"]}]
    try:
        answer = await lab.client.call("ec2", "DescribeInstances", Filters=wanted)
    except CloudError as error:
        raise as_lab_error(error) from error
    ids = [each["InstanceId"] for part in answer["Reservations"] for each in part["Instances"]]
    if len(ids) != 1:
        hint = tr("choose one by its id: {ids}", ids=", ".join(ids)) if ids else tr("`pltui status` lists the lab's")
        raise LabError(
            tr("{n} running machines are named {name}", n=len(ids), name=name)
            if ids
            else tr("no running machines are named {name}", name=name),
            hint,
        )
    return str(ids[0])
