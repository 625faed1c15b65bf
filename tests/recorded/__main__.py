"""`python -m tests.recorded FILE`: where the sandbox and the fake cloud answer a recorded conversation differently.

FILE is what `pltui COMMAND --record FILE` has written. Exit code 3 where anything differs, 2 for another kind of file.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from pltui.sandbox import launcher
from tests.recorded.conversation import Recorded, load
from tests.recorded.differences import durations, transitions
from tests.recorded.replaying import Report, on_fake_cloud, on_sandbox

SPEED = 60.0  # of the sandbox: a recording of four minutes takes four seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.recorded", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--speed", type=float, default=SPEED, help="of the sandbox (default: 60)")
    args = parser.parse_args()
    try:
        calls = load(args.file)
    except (OSError, ValueError) as error:
        print(f"{error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="pltui-recorded-") as folder:
        os.environ[launcher.RUNTIME_DIR] = folder
        try:
            sandbox = on_sandbox(calls, launcher.ensure(args.speed).endpoint_url, args.speed)
        finally:
            launcher.stop()
    reports = [sandbox, on_fake_cloud(calls)]
    print(f"{len(calls)} calls in {max((call.at_ms for call in calls), default=0.0) / 1000:.1f} s")
    for report in reports:
        _print(report, calls)
    return 3 if any(report.found for report in reports) else 0


def _print(report: Report, calls: list[Recorded]) -> None:
    print(f"\n{report.side}: {len(report.found)} differences")
    for text, count in sorted(report.found.items()):
        print(f"  {text}  ({count} calls)")
    print(f"\n{report.side}: changes of state")
    for side, spoken in (("recorded", transitions(calls)), (report.side, transitions(report.answered))):
        for line in spoken:
            print(f"  {side:<10} {line}")
    theirs = durations(report.answered)
    print(f"\n{report.side}: median duration in ms, recorded and here")
    for name, recorded in durations(calls).items():
        print(f"  {name:<60} {recorded:>9.1f} {theirs.get(name, 0.0):>9.1f}")


if __name__ == "__main__":
    sys.exit(main())
