"""Measure and print: `python -m tests.bench [--peers DIR] [--runs N]`, or `--waves` for the calls over time alone.

DIR holds `bench.py`, which runs other tools for the same lab beside pltui (hand-written boto3, Ansible, Terraform).
"""

import argparse
import asyncio
import os
import platform
import statistics
import tempfile
from pathlib import Path

from pltui.sandbox import launcher
from tests.bench import calls, load, network, peers, planning, screen, service, waves
from tests.moto import plain_moto

SPEC = "specs/privatelink.yaml"


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def show_screen(runs: int) -> None:
    heading("App on the sandbox")
    bare = [screen.bare_interpreter() for _ in range(runs)]
    observed = [screen.watch(SPEC) for _ in range(runs)]
    sandbox = launcher.find()
    first = [one.first_frame for one in observed]
    print(f"interpreter alone       {statistics.median(bare):6.2f} s")
    print(f"first frame             {statistics.median(first):6.2f} s   ({min(first):.2f}-{max(first):.2f}; goal 0.6)")
    print(f"first answer, new lab   {observed[0].first_answer:6.2f} s   (the sandbox starts, and the lab is made)")
    print(f"first answer, reopened  {observed[-1].first_answer:6.2f} s")
    print(f"memory of the app       {max(one.resident for one in observed) / 2**20:6.0f} MiB")
    if sandbox:
        print(f"memory of the sandbox   {screen.resident(sandbox.pid) / 2**20:6.0f} MiB")


def show_calls() -> None:
    heading("API calls on plain moto (writes)")
    print("consumers  resources        converge           no-op          toggle")
    for consumers in (1, 4, 16):
        with plain_moto() as url:
            cost = asyncio.run(calls.measure(url, consumers))
        cells = "".join(f"{one.calls:>9} ({one.writes:>3})" for one in (cost.converge, cost.noop, cost.toggle))
        print(f"{consumers:>9}  {cost.resources:>9}  {cells}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--peers", type=Path, metavar="DIR", help="the folder of bench.py")
    parser.add_argument("--waves", action="store_true", help="only chart the calls of each command over time")
    parser.add_argument("--runs", type=int, default=3, help="how often a thing is timed; 2 or more (default: 3)")
    args = parser.parse_args()
    if args.waves:
        waves.show(SPEC)
        return
    busy = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {busy:.1f}: compare within one run only")
    with tempfile.TemporaryDirectory() as folder:
        os.environ[launcher.RUNTIME_DIR] = folder
        try:
            show_screen(args.runs)
            show_calls()
        finally:
            launcher.stop()
    heading("Planning (goals: time per resource at most 1.5 times that of the smallest lab; 100,000 in 2 s)")
    planning.show()
    heading("Calls over time, at one second a call, and reads of an unchanged lab")
    waves.show(SPEC)
    heading("The screen under load (goals: topology 5 % more than the tree; 1,000 answers/s 30 %; no step over 50 ms)")
    load.show()
    heading("The sandbox beside plain moto")
    service.show(args.runs)
    heading("The sandbox's network beside a bare relay")
    network.show(args.runs)
    heading("Beside other tools, on plain moto at 50 ms a call")
    peers.run(args.peers, SPEC, args.runs)


if __name__ == "__main__":
    main()
