"""Run Command: the lab's own commands are executed by the sandbox's owner; no shell is started."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeGuard

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ssm.exceptions import InvalidDocument, SSMException
from moto.ssm.models import SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from pltui.emulator.api.managed_nodes import connected_nodes
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.api.pages import take_wanted_of_body
from pltui.emulator.moto_adapter.calls import SsmCall, flag, parameter, required_text, texts
from pltui.emulator.moto_adapter.ec2 import MotoInstance
from pltui.emulator.moto_adapter.ssm import MotoCommand, SsmBackend, commands_of, documents_of
from pltui.emulator.moto_adapter.values import Moto, Structure

_log = logging.getLogger(__name__)

SHELL_SCRIPT = "AWS-RunShellScript"
OF_AWS = "AWS-"
"""Prefix of the documents that every account has."""

INVOCATION_APPEARS = 1.0
"""AWS seconds after SendCommand in which GetCommandInvocation still answers InvocationDoesNotExist."""

STDOUT_KEPT, STDERR_KEPT, LISTED_OUTPUT_KEPT = 24_000, 8_000, 2_500
"""Maximum characters that GetCommandInvocation and ListCommandInvocations return (botocore model)."""

EXECUTION_TIMEOUT = 3600.0
LONGEST_TIMEOUT = 172_800
"""Maximum of executionTimeout, in seconds (the document AWS-RunShellScript)."""

NOT_KNOWN = "The sandbox has no shell: it runs the lab's own probe only.\n"


@dataclass
class Invocation:
    """One instance's part of a command. Output is visible only once it is final."""

    instance_id: str
    status: str = "Pending"
    code: int = -1
    stdout: str = ""
    stderr: str = ""
    started: str = ""
    ended: str = ""

    @property
    def is_final(self) -> bool:
        """True in every final state, cancelled ones included."""
        return self.status not in ("Pending", "InProgress")

    def begin(self) -> None:
        """Set the status to `InProgress`, and the start time."""
        self.status, self.started = "InProgress", utcnow().isoformat() + "Z"

    def end(self, status: str, code: int, stdout: str, stderr: str) -> None:
        """Set the final status, the output and the end time."""
        self.status, self.code, self.stdout, self.stderr = status, code, stdout, stderr
        self.ended = utcnow().isoformat() + "Z"


class RunningCommand(MotoCommand, Protocol):
    """A command of moto's, with the invocations that this module adds."""

    runs: dict[str, Invocation]


def _is_running(command: MotoCommand) -> TypeGuard[RunningCommand]:
    """True for a command that `send_command` has made, not moto."""
    return hasattr(command, "runs")


def install(lab: ApiContext) -> None:
    """Install Run Command in place of moto's, which executes nothing."""
    lab.around(SimpleSystemManagerBackend, send_command)
    lab.around(SimpleSystemManagerResponse, get_command_invocation, list_command_invocations)
    lab.around(SimpleSystemManagerResponse, list_commands, cancel_command)


def send_command(lab: ApiContext, moto: Moto, backend: SsmBackend, **more: object) -> object:
    """Start the command on each connected instance, in a thread of its own.

    Raises:
        InvalidDocument: If there is no such document.
        SSMException: InvalidInstanceId if an instance is not connected.
    """
    request: Structure = dict(more)
    document = request["document_name"]
    if not document.startswith(OF_AWS) and document not in documents_of(backend):
        raise InvalidDocument(f"Document with name {document} does not exist.")
    _check_parameters(request.get("parameters") or {})
    nodes = connected_nodes(lab, backend.account_id, backend.region_name)
    wanted = _target_ids(nodes, request["instance_ids"], request["targets"])
    if missing := [instance_id for instance_id in wanted if instance_id not in nodes]:
        names = ", ".join(missing)
        raise SSMException(
            "InvalidInstanceId", f"Instances [[{names}]] not in a valid state for account {backend.account_id}"
        )
    command: RunningCommand = moto(backend, **{**request, "instance_ids": list(wanted)})
    command.instance_ids, command.status, command.status_details = wanted, "Pending", "Pending"
    command.target_count, command.completed_count = len(wanted), 0
    command.sent_at = lab.clock.now()
    command.runs = {instance_id: Invocation(instance_id) for instance_id in wanted}
    for invocation in command.runs.values():
        threading.Thread(target=_carry_out, args=(lab, command, invocation), daemon=True).start()
    return command


def _check_parameters(parameters: Mapping[str, object]) -> None:
    """Check the parameters of the document that the sandbox reads.

    Raises:
        SSMException: InvalidParameters for another type than a list of texts, or a timeout that the document does not
            allow (AWS-RunShellScript, allowedPattern of executionTimeout; the wording is believed).
    """
    for name, values in parameters.items():
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise SSMException("InvalidParameters", f"Parameter {name} is not a list of strings.")
    wanted = parameters.get("executionTimeout")
    if wanted is not None and not (isinstance(wanted, list) and len(wanted) == 1 and _is_timeout(wanted[0])):
        raise SSMException("InvalidParameters", "Parameter executionTimeout does not match its allowed pattern.")


def _is_timeout(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= LONGEST_TIMEOUT


def _target_ids(nodes: dict[str, MotoInstance], instance_ids: list[str], targets: list[Structure]) -> list[str]:
    chosen = list(instance_ids)
    for target in targets:
        key, values = target["Key"], target["Values"]
        if key == "InstanceIds":
            chosen += values
        elif key.startswith("tag:"):
            chosen += [
                node.id
                for node in nodes.values()
                if any(tag["key"] == key[4:] and tag["value"] in values for tag in node.get_tags())
            ]
    return list(dict.fromkeys(chosen))


def _carry_out(lab: ApiContext, command: RunningCommand, invocation: Invocation) -> None:
    with lab.lock:
        if invocation.is_final:
            return
        invocation.begin()
        _sum_up(command)
    timeout = float(command.parameters.get("executionTimeout", [EXECUTION_TIMEOUT])[0])  # checked by `send_command`
    result: tuple[int, str, str] | None
    try:
        run = lab.ssm_runner
        asked = command.parameters.get("commands", []) if command.document_name == SHELL_SCRIPT else None
        result = run(invocation.instance_id, asked, timeout) if run and asked is not None else None
    except Exception as error:
        _log.exception("command %s failed on %s", command.command_id, invocation.instance_id)
        result = (1, "", f"{type(error).__name__}: {error}\n")
    code, stdout, stderr = result or (127, "", NOT_KNOWN)
    if code:
        stderr += f"failed to run commands: exit status {code}"  # as the agent ends the output
    with lab.lock:
        if not invocation.is_final:
            invocation.end("Failed" if code else "Success", code, stdout, stderr)
        _sum_up(command)


def _sum_up(command: RunningCommand) -> None:
    runs = list(command.runs.values())
    command.completed_count = sum(run.is_final for run in runs)
    command.error_count = sum(run.status == "Failed" for run in runs)
    if command.completed_count < len(runs):
        status = "InProgress"
    else:
        status = next((run.status for run in runs if run.status != "Success"), "Success")
    command.status = command.status_details = status


def get_command_invocation(lab: ApiContext, moto: Moto, response: SsmCall) -> object:
    """The status and output of an invocation.

    Raises:
        SSMException: InvocationDoesNotExist for another instance, or shortly after SendCommand.
    """
    command = response.ssm_backend.get_command_by_id(required_text(response, "CommandId"))
    if not _is_running(command):
        return moto(response)
    invocation = command.runs.get(required_text(response, "InstanceId"))
    if invocation is None or not lab.clock.has_elapsed(command.sent_at, INVOCATION_APPEARS):
        raise SSMException("InvocationDoesNotExist", "")
    return ActionResult(
        {
            "CommandId": command.command_id,
            "InstanceId": invocation.instance_id,
            "Comment": command.comment,
            "DocumentName": command.document_name,
            "PluginName": "aws:runShellScript",
            "ResponseCode": invocation.code,
            "ExecutionStartDateTime": invocation.started,
            "ExecutionEndDateTime": invocation.ended,
            "Status": invocation.status,
            "StatusDetails": invocation.status,
            "StandardOutputContent": invocation.stdout[:STDOUT_KEPT],
            "StandardOutputUrl": "",
            "StandardErrorContent": invocation.stderr[:STDERR_KEPT],
            "StandardErrorUrl": "",
        }
    )


def list_commands(_lab: ApiContext, moto: Moto, response: SsmCall) -> object:
    """Add paging, which moto lacks here."""
    take_wanted_of_body(response, "ListCommands")
    return moto(response)


def list_command_invocations(_lab: ApiContext, _moto: Moto, response: SsmCall) -> object:
    """List invocations; their output only if Details is set (Systems Manager API reference)."""
    take_wanted_of_body(response, "ListCommandInvocations")
    details = bool(flag(response, "Details"))
    wanted, instance_id = parameter(response, "CommandId"), parameter(response, "InstanceId")
    commands = [c for c in commands_of(response.ssm_backend) if wanted in (None, c.command_id) and _is_running(c)]
    return ActionResult(
        {
            "CommandInvocations": [
                {
                    "CommandId": command.command_id,
                    "InstanceId": run.instance_id,
                    "Comment": command.comment,
                    "DocumentName": command.document_name,
                    "RequestedDateTime": command.requested_date_time,
                    "Status": run.status,
                    "StatusDetails": run.status,
                    "CommandPlugins": [_plugin(run)] if details else [],
                }
                for command in commands
                for run in command.runs.values()
                if instance_id in (None, run.instance_id)
            ]
        }
    )


def _plugin(run: Invocation) -> dict[str, object]:
    """The one step of the document, with both streams in one text, as the agent writes it."""
    output = run.stdout + (f"\n----------ERROR-------\n{run.stderr}" if run.stderr else "")
    return {
        "Name": "aws:runShellScript",
        "Status": run.status,
        "StatusDetails": run.status,
        "ResponseCode": run.code,
        "Output": output[:LISTED_OUTPUT_KEPT],
    }


def cancel_command(_lab: ApiContext, moto: Moto, response: SsmCall) -> object:
    """Cancel the invocations that are not final. Output that arrives later is dropped.

    Raises:
        SSMException: InvalidInstanceId if an instance is not part of the command.
    """
    command = response.ssm_backend.get_command_by_id(required_text(response, "CommandId"))
    if not _is_running(command):
        return moto(response)
    runs = command.runs
    chosen = texts(response, "InstanceIds") or list(runs)
    if unknown := [instance_id for instance_id in chosen if instance_id not in runs]:
        raise SSMException("InvalidInstanceId", f"Instances [[{', '.join(unknown)}]] are not targets of the command")
    for invocation in (runs[instance_id] for instance_id in chosen):
        if not invocation.is_final:
            invocation.end("Cancelled", -1, "", "")
    _sum_up(command)
    return EmptyResult()
