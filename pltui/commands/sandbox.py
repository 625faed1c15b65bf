"""sandbox up, down, status, logs, reset, snapshot; `fault` is in a file of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pltui import launcher
from pltui.commands import faults, logs
from pltui.commands.common import DONE, FAILED, output
from pltui.errors import LabError
from pltui.output import Output

NONE_RUNS = "no sandbox is running; `pltui sandbox up` starts one"


def sandbox(args: argparse.Namespace) -> int:
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


def running() -> launcher.Sandbox:
    """The one that runs. Raises LabError (1) where none does."""
    found = launcher.find()
    if found is None:
        raise LabError(launcher.died() or "no sandbox is running", "`pltui sandbox up` starts one")
    return found


def _up(args: argparse.Namespace, out: Output) -> int:
    if notice := launcher.died():
        out.say(notice)
    file = None if args.persist is None else Path(args.persist or _state_file()).absolute()
    _show(out, launcher.ensure(wish=launcher.Wish(args.speed, args.port, file)).status())
    return DONE


def _state_file() -> Path:
    from pltui.journal import folder

    path = folder().parent / "sandbox.snapshot"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _down(args: argparse.Namespace, out: Output) -> int:
    stopped = launcher.stop()
    if out.as_json:
        out.document({"running": False, "stopped": stopped})
    else:
        out.line("the sandbox has ended" if stopped else "no sandbox was running")
    return DONE


def _status(args: argparse.Namespace, out: Output) -> int:
    status = launcher.status()
    if status is None:
        notice = launcher.died()
        if out.as_json:
            out.document({"running": False})
        else:
            out.line(f"{notice}; `pltui sandbox up` starts another" if notice else NONE_RUNS)
        return FAILED
    _show(out, status)
    return DONE


def _reset(args: argparse.Namespace, out: Output) -> int:
    found = running()
    found.reset()
    if out.as_json:
        out.document({"running": True, **found.status()})
    else:
        out.line("the sandbox is empty")
    return DONE


def _snapshot(args: argparse.Namespace, out: Output) -> int:
    file = str(Path(args.file).absolute())
    if args.way == "save":
        done = running().save(file)
        text = f"saved to {file}, {done['bytes'] / 1e6:.1f} MB"
    else:
        done = launcher.ensure().load(file)
        text = f"loaded from {file}"
    if done["left_out"]:
        out.complain(f"not in it, as they hold more than data: {', '.join(done['left_out'])}")
    if out.as_json:
        out.document(done)
    else:
        out.line(text)
    return DONE


def _show(out: Output, status: dict[str, Any]) -> None:
    if out.as_json:
        out.document({"running": True, **status})
        return
    out.line(f"endpoint  {status['endpoint_url']}")
    out.line(f"socks     {status['socks']}   (user name: an instance's id or Name)")
    for vpc, where in status["dns"].items():
        out.line(f"dns       {where}   {vpc}")
    speed = status["speed"] if status["speed"] == "instant" else f"{status['speed']:g}x"
    out.line(f"speed     {speed}, up {status['uptime_s']:.0f} s, process {status['pid']}")
    throttled = f", {status['throttled']} throttled" if status["throttled"] else ""
    out.line(f"calls     {status['calls']}, {status['calls_a_second']:.1f} a second in the last minute{throttled}")
    out.line(f"network   {_network(status['network'])}")
    for each in status["faults"]:
        out.line(f"fault     {each['id']}: {each['text']}")
    if kept := status["persistence"]:
        saved = f"last saved {kept['saved']}" if kept["saved"] else "unchanged since it started"
        trouble = f"NOT KEPT: {kept['error']}" if kept["error"] else saved
        out.line(f"kept in   {kept['file']}, {trouble}")


def _network(network: dict[str, Any]) -> str:
    health = f", {network['healthy']} of {network['targets']} targets healthy" if network["targets"] else ""
    lag = ", traffic has yet to follow a setting" if network["lagging"] else ""
    return (
        f"{network['machines']} machines, {network['servers']} serving{health}, "
        f"{network['open_connections']} connections open, {network['connections']} so far{lag}"
    )
