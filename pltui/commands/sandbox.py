"""sandbox up, down, status."""

from __future__ import annotations

import argparse
from typing import Any

from pltui import launcher
from pltui.commands.common import DONE, FAILED, output
from pltui.errors import LabError
from pltui.output import Output


def sandbox(args: argparse.Namespace) -> int:
    out = output(args)
    try:
        return {"up": _up, "down": _down, "status": _status}[args.action](args, out)
    except launcher.LauncherError as error:
        raise LabError(str(error)) from error


def _up(args: argparse.Namespace, out: Output) -> int:
    _show(out, launcher.ensure(args.speed).status())
    return DONE


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
        if out.as_json:
            out.document({"running": False})
        else:
            out.line("no sandbox is running; `pltui sandbox up` starts one")
        return FAILED
    _show(out, status)
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
