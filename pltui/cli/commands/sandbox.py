"""sandbox up, down, status, logs, reset, snapshot; `fault` has a file of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pltui.cli.commands import faults, logs
from pltui.cli.commands.common import DONE, FAILED, output
from pltui.cli.output import Output
from pltui.errors import LabError
from pltui.i18n import tr
from pltui.sandbox import launcher
from pltui.text import pad, width

NONE_RUNS = "no sandbox is running; `pltui sandbox up` starts one"
SOCKS_USER = "(user name: an instance's id or Name)"
LABEL = 10  # minimum width in cells


def sandbox(args: argparse.Namespace) -> int:
    """Run a sandbox action.

    Raises:
        LabError: If the sandbox cannot be started or reached.
    """
    actions: Mapping[str, Callable[[argparse.Namespace, Output], int]] = {
        "up": _up,
        "down": _down,
        "status": _status,
        "logs": logs.logs,
        "reset": _reset,
        "snapshot": _snapshot,
        "fault": faults.fault,
    }
    try:
        return actions[args.action](args, output(args))
    except launcher.LauncherError as error:
        raise LabError(str(error)) from error


def running_sandbox() -> launcher.Sandbox:
    """Return the running sandbox.

    Raises:
        LabError: If none is running (exit code 1).
    """
    found = launcher.find()
    if found is None:
        raise LabError(launcher.crash_notice() or tr("no sandbox is running"), tr("`pltui sandbox up` starts one"))
    return found


def _up(args: argparse.Namespace, out: Output) -> int:
    if notice := launcher.crash_notice():
        out.say(notice)
    file = None if args.persist is None else Path(args.persist or _state_file()).absolute()
    _print_status(out, launcher.ensure(wish=launcher.SandboxOptions(args.speed, args.port, file)).status())
    return DONE


def _state_file() -> Path:
    from pltui.history.journal import folder

    path = folder().parent / "sandbox.snapshot"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _down(args: argparse.Namespace, out: Output) -> int:
    stopped = launcher.stop()
    if out.as_json:
        out.write_document({"running": False, "stopped": stopped})
    else:
        out.write_line(tr("the sandbox stopped") if stopped else tr("no sandbox was running"))
    return DONE


def _status(args: argparse.Namespace, out: Output) -> int:
    status = launcher.status()
    if status is None:
        notice = launcher.crash_notice()
        if out.as_json:
            out.write_document({"running": False})
        else:
            out.write_line(
                tr("{notice}; `pltui sandbox up` starts another", notice=notice) if notice else tr(NONE_RUNS)
            )
        return FAILED
    _print_status(out, status)
    return DONE


def _reset(args: argparse.Namespace, out: Output) -> int:
    found = running_sandbox()
    found.reset()
    if out.as_json:
        out.write_document({"running": True, **found.status()})
    else:
        out.write_line(tr("the sandbox is empty"))
    return DONE


def _snapshot(args: argparse.Namespace, out: Output) -> int:
    file = str(Path(args.file).absolute())
    if args.way == "save":
        done = running_sandbox().save(file)
        text = tr("saved to {file}, {size:.1f} MB", file=file, size=done["bytes"] / 1e6)
    else:
        done = launcher.ensure().load(file)
        text = tr("loaded from {file}", file=file)
    if done["left_out"]:
        out.complain(
            tr("not included, because they contain more than data: {names}", names=", ".join(done["left_out"]))
        )
    if out.as_json:
        out.write_document(done)
    else:
        out.write_line(text)
    return DONE


def _print_status(out: Output, status: dict[str, Any]) -> None:
    if out.as_json:
        out.write_document({"running": True, **status})
        return
    rows = list(_status_rows(status))
    cells = max(LABEL, *(width(label) + 2 for label, _ in rows))
    for label, text in rows:
        out.write_line(f"{pad(label, cells)}{text}")


def _status_rows(status: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield tr("endpoint"), status["endpoint_url"]
    yield tr("socks"), f"{status['socks']}   {tr(SOCKS_USER)}"
    yield from ((tr("dns"), f"{where}   {vpc}") for vpc, where in status["dns"].items())
    speed = status["speed"] if status["speed"] == "instant" else f"{status['speed']:g}x"
    yield (
        tr("speed"),
        tr("{speed}, up {up:.0f} s, process {pid}", speed=speed, up=status["uptime_s"], pid=status["pid"]),
    )
    calls, throttled = {"n": status["calls"], "rate": status["calls_a_second"]}, status["throttled"]
    told = tr("{n}, {rate:.1f} a second in the last minute", **calls)
    yield tr("calls"), f"{told}, {tr('{n} throttled', n=throttled)}" if throttled else told
    yield tr("network"), _network_line(status["network"])
    yield from ((tr("fault"), f"{each['id']}: {tr(each['text'])}") for each in status["faults"])
    if kept := status["persistence"]:
        saved = tr("last saved {when}", when=kept["saved"]) if kept["saved"] else tr("unchanged since it started")
        trouble = tr("NOT SAVED: {error}", error=kept["error"]) if kept["error"] else saved
        yield tr("saved in"), f"{kept['file']}, {trouble}"


def _network_line(network: dict[str, Any]) -> str:
    told = [tr("{machines} machines, {servers} serving", machines=network["machines"], servers=network["servers"])]
    if network["targets"]:
        told += [tr("{healthy} of {targets} targets healthy", healthy=network["healthy"], targets=network["targets"])]
    now, so_far = network["open_connections"], network["connections"]
    told += [tr("{n} connections open, {so_far} so far", n=now, so_far=so_far)]
    told += [tr("a changed setting has not reached the traffic yet")] if network["lagging"] else []
    return tr(", ").join(told)
