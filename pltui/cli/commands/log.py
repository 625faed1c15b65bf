"""log: list recorded runs, or show one, from the journals in the state folder."""

from __future__ import annotations

import argparse

from pltui.cli import converters, options
from pltui.cli.exit_codes import DONE
from pltui.cli.lab_command import output
from pltui.cli.output import Output, format_event
from pltui.history import reader
from pltui.history.journal import folder
from pltui.history.reader import RecordedRun, Recording
from pltui.i18n import tr
from pltui.text import pad, width

COLUMNS = ("run", "when (UTC)", "lab", "verb", "target", "outcome", "changes", "seconds")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui log [RUN] [options]"
    parser.epilog = options.example("pltui log last")
    options.add_recorded_run(parser, optional=True)
    parser.add_argument("--lab", metavar="NAME", help=tr("only runs of this lab"))
    text = tr("number of runs to list (default: 20)")
    parser.add_argument("-n", dest="count", type=converters.count, default=20, help=text)


def run(args: argparse.Namespace) -> int:
    """List recorded runs, or show one."""
    out = output(args)
    if args.run is None:
        _list_runs(args, out)
    else:
        _show_run(reader.read(args.run), args, out)
    return DONE


def _list_runs(args: argparse.Namespace, out: Output) -> None:
    runs = [run for run in reader.runs() if args.lab in (None, run.lab)][: args.count]
    if out.as_json:
        out.write_document({"folder": str(folder()), "runs": [run.document() for run in runs]})
        return
    if not runs:
        of_lab = tr("no run of lab {lab} is recorded yet in {folder}", lab=args.lab, folder=folder())
        out.say(of_lab if args.lab else tr("no run is recorded yet in {folder}", folder=folder()))
        return
    rows = [tuple(map(tr, COLUMNS)), *map(_run_cells, runs)]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for *cells, seconds in rows:
        padded = (pad(cell, room) for cell, room in zip(cells, widths, strict=False))
        out.write_line("  ".join((*padded, " " * (widths[-1] - width(seconds)) + seconds)))


def _run_cells(run: RecordedRun) -> tuple[str, ...]:
    """Return the cells of one line; the three numbers are created, updated, deleted."""
    seconds = "" if run.seconds is None else f"{run.seconds:.1f}"
    when = run.at[:19].replace("T", " ")
    return run.short, when, run.lab, run.verb, run.target, tr(run.outcome), _format_changes(run), seconds


def _format_changes(run: RecordedRun) -> str:
    if run.outcome in (reader.BROKEN_OFF, reader.RUNNING):
        return tr("unknown")
    return f"+{run.created} ~{run.updated} -{run.deleted}"


def _show_run(recording: Recording, args: argparse.Namespace, out: Output) -> None:
    if out.as_json:
        for line in recording.lines:
            out.json_line(line)
        return
    run, header = recording.run, recording.header
    out.write_line(f"{run.id}  ({tr(run.outcome)})")
    where = (run.target, header.get("region"), header.get("endpoint"), header.get("spec"))
    out.write_line("  ".join(str(part) for part in (run.lab, run.verb, *where) if part))
    origin = {name: header.get(name) for name in ("version", "pid", "host")}
    out.write_line(tr("pltui {version}, process {pid} on {host}", **origin))
    for event in recording.events:
        if text := format_event(event, verbose=args.verbose > 0):
            out.write_line(f"{event.at[11:23]:<12} {text}")
    seconds = "" if run.seconds is None else f" ({run.seconds:.1f} s)"
    out.write_line(f"{run.lab}: {recording.summary.get('message') or tr(run.outcome)}{seconds}")
