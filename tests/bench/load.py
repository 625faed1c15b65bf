"""The screen under load, in a process and on a terminal of its own: how busy it is, and whether it grows.

`python -m tests.bench.load` prints one line of figures for each kind of load.
"""

import asyncio
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from pltui.probe.answer import Answer
from pltui.probe.schedule import ProbePace
from tests.builders.fake_lab import FakeLab, spec
from tests.stalls import watching

MIDDLE, LARGE = (120, 40), (200, 60)  # columns, rows; a large screen shows tree and picture at once
BURST = 0.02  # seconds between two bursts: a task for each answer would be what is measured
SETTLED = 5  # seconds before anything is measured


@dataclass(frozen=True)
class Load:
    name: str
    consumers: int  # 30 resources each, beside the provider's 32
    rate: int  # answers a second
    answers: int
    view: str
    size: tuple[int, int] = MIDDLE


@dataclass(frozen=True)
class Figures:
    resources: int
    answers: int
    busy: float  # of one core
    before: int  # bytes resident, once it has settled
    after: int
    longest: float  # seconds of one step of the loop
    held_up: list[str]  # where it took too long


LOADS = (
    Load("nothing answers", 1, 0, 0, "tree"),
    Load("tree, 20 answers/s", 1, 20, 400, "tree"),
    Load("topology, 20 answers/s", 1, 20, 400, "topology"),
    Load("both, 20 answers/s", 1, 20, 400, "tree", LARGE),
    Load("both, 1,000 answers/s", 33, 1000, 100_000, "tree", LARGE),
)


class Busy(FakeLab):
    """Answers its first consumer in bursts, and nobody else."""

    def __init__(self, load: Load) -> None:
        super().__init__(spec(consumers=tuple(f"consumer-{n}" for n in range(load.consumers))), pace=0.01)
        self._rate = load.rate

    async def answers(
        self, consumer: str | None = None, *, pace: Callable[[], ProbePace] | None = None
    ) -> AsyncIterator[Answer]:
        who = next(iter(self.spec.consumers))
        if consumer != who or not self._rate:
            await asyncio.Event().wait()
        burst = max(BURST, 1 / self._rate)
        while True:
            await asyncio.sleep(burst)
            for _ in range(round(burst * self._rate)):
                yield self._next(who)


async def _carry_out(load: Load) -> Figures:
    from pltui.tui.app import LabApp

    lab = Busy(load)
    app = LabApp(lab)
    app.leaves_process = True
    found: list[Figures] = []

    async def measure() -> None:
        while app.facts.probe != "running":  # noqa: ASYNC110  # looked at from outside
            await asyncio.sleep(0.1)
        app.probe.look_at(next(iter(lab.spec.consumers)))
        app.main.view = load.view
        await asyncio.sleep(SETTLED)
        process = psutil.Process()
        with watching() as stalls:
            begun, cpu, sent, before = time.monotonic(), time.process_time(), lab.sent, process.memory_info().rss
            while lab.sent - sent < load.answers or time.monotonic() - begun < 2 * SETTLED:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            busy = (time.process_time() - cpu) / (time.monotonic() - begun)
        after = process.memory_info().rss
        found.append(
            Figures(
                len(lab.all_desired),
                lab.sent - sent,
                busy,
                before,
                after,
                stalls.longest,
                stalls.told().splitlines()[1:],
            )
        )
        app.exit(0)

    task = asyncio.ensure_future(measure())
    await app.run_async()
    await task
    return found[0]


def measure(load: Load) -> Figures:
    """What this load comes to, in a process of its own."""
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", *reversed(load.size), 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "figures.json")
        words = [sys.executable, "-m", "tests.bench.load", json.dumps(asdict(load)), str(result)]
        with subprocess.Popen(words, stdin=inside, stdout=inside, stderr=inside, env=environment) as app:
            os.close(inside)
            threading.Thread(target=_read, args=(outside,), daemon=True).start()
            app.wait()
        return Figures(**json.loads(result.read_text(encoding="utf-8")))


def _read(terminal: int) -> None:
    """What it draws: a full terminal would hold it up."""
    while True:
        try:
            os.read(terminal, 65536)
        except OSError:
            os.close(terminal)
            return


def show() -> None:
    print(f"{'':<24}{'screen':<9}{'resources':>9}{'processor':>11}{'memory':>10}{'grown by':>14}{'longest step':>14}")
    for load in LOADS:
        observed = measure(load)
        grown = f"{(observed.after - observed.before) / 2**20:.1f} MiB"
        print(
            f"{load.name:<24}{'{}x{}'.format(*load.size):<9}{observed.resources:>9,}{observed.busy:>11.1%}"
            f"{observed.before / 2**20:>6.0f} MiB{grown:>14}{observed.longest * 1000:>11.0f} ms",
            flush=True,
        )
        for where in observed.held_up:
            print(f"    held up: {where}")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        figures = asyncio.run(_carry_out(Load(**json.loads(sys.argv[1]))))
        Path(sys.argv[2]).write_text(json.dumps(asdict(figures)), encoding="utf-8")
    else:
        show()
