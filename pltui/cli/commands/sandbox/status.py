"""sandbox status: print the state of the sandbox."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from pltui.cli.exit_codes import DONE, FAILED
from pltui.cli.output import Output
from pltui.i18n import tr
from pltui.sandbox import launcher
from pltui.sandbox.status import describe_problem
from pltui.text import pad, width

NONE_RUNS = "no sandbox is running; `pltui sandbox up` starts one"
SOCKS_USER = "(user name: an instance's id or Name)"
LABEL = 10  # minimum width in cells


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui sandbox status [options]"


def run(args: argparse.Namespace, out: Output) -> int:
    """Print the state of the sandbox."""
    status = launcher.status()
    if status is None:
        notice = launcher.crash_notice()
        if out.as_json:
            out.write_document({"running": False})
        elif launcher.is_unannounced():
            out.write_line(f"{tr('the sandbox is starting, ending or stuck')}; {tr('`pltui sandbox down` ends it')}")
        else:
            out.write_line(
                tr("{notice}; `pltui sandbox up` starts another", notice=notice) if notice else tr(NONE_RUNS)
            )
        return FAILED
    print_status(out, status)
    return DONE


def print_status(out: Output, status: dict[str, Any]) -> None:
    """Print every value of a status."""
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
    rate = tr("{n}, {rate:.1f} a second in the last minute", **calls)
    yield tr("calls"), f"{rate}, {tr('{n} throttled', n=throttled)}" if throttled else rate
    yield tr("network"), _network_line(status["network"])
    for machine, problem in status["network"].get("user_data_problems", {}).items():
        yield tr("machine"), tr(describe_problem(machine, problem))
    yield from ((tr("fault"), f"{each['id']}: {tr(each['text'])}") for each in status["faults"])
    if kept := status["persistence"]:
        saved = tr("last saved {when}", when=kept["saved"]) if kept["saved"] else tr("unchanged since it started")
        trouble = tr("NOT SAVED: {error}", error=kept["error"]) if kept["error"] else saved
        yield tr("saved in"), f"{kept['file']}, {trouble}"


def _network_line(network: dict[str, Any]) -> str:
    parts = [tr("{machines} machines, {servers} serving", machines=network["machines"], servers=network["servers"])]
    if network["targets"]:
        parts += [tr("{healthy} of {targets} targets healthy", healthy=network["healthy"], targets=network["targets"])]
    now, so_far = network["open_connections"], network["connections"]
    parts += [tr("{n} connections open, {so_far} so far", n=now, so_far=so_far)]
    parts += [tr("a changed setting has not reached the traffic yet")] if network["lagging"] else []
    return tr(", ").join(parts)
