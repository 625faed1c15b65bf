"""sandbox logs: print the end of the daemon's log, and follow it."""

from __future__ import annotations

import argparse
import os
import time
from collections import deque
from typing import TextIO

from pltui.cli import converters
from pltui.cli.exit_codes import DONE, FAILED
from pltui.cli.output import Output
from pltui.i18n import tr
from pltui.sandbox import launcher
from pltui.sandbox.private_folder import PrivateFolder

_POLL = 0.2  # seconds between two reads of a followed log


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare usage, example and arguments."""
    parser.usage = "pltui sandbox logs [options]"
    parser.add_argument("-f", "--follow", action="store_true", help=tr("follow until Ctrl-C"))
    text = tr("number of lines (default: 20)")
    parser.add_argument("-n", dest="count", type=converters.lines, default=20, help=text)


def run(args: argparse.Namespace, out: Output) -> int:
    """Print the last lines of the daemon's log; with `--follow`, continue until Ctrl-C."""
    with launcher.open_runtime_folder() as where:
        try:
            file = _open_log(where)
        except OSError:
            out.complain(tr("there is no log: no sandbox was started here"))
            return FAILED
        with file:
            for line in deque(file, maxlen=max(args.count, 0)):
                _print_line(out, line)
            if args.follow:
                _follow_file(where, file, out)
    return DONE


def _open_log(where: PrivateFolder) -> TextIO:
    return os.fdopen(where.open(launcher.LOG, os.O_RDONLY), errors="replace")


def _follow_file(where: PrivateFolder, file: TextIO, out: Output) -> None:
    """Print appended lines, also after the file is replaced, until Ctrl-C or until stdout is closed."""
    while not Output.lost:
        if line := file.readline():
            _print_line(out, line)
        elif _is_replaced(where, file):
            with _open_log(where) as next_file:
                _follow_file(where, next_file, out)
            return
        else:
            time.sleep(_POLL)


def _is_replaced(where: PrivateFolder, file: TextIO) -> bool:
    try:
        now = os.stat(launcher.LOG, dir_fd=where.descriptor, follow_symlinks=False)
        then = os.fstat(file.fileno())
    except OSError:
        return False
    return (now.st_dev, now.st_ino) != (then.st_dev, then.st_ino) or now.st_size < file.tell()


def _print_line(out: Output, line: str) -> None:
    if out.as_json:
        out.json_line({"type": "log", "line": line.rstrip("\n")})
    else:
        out.write_line(line)
