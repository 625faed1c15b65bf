"""Let others build the lab: `python -m tests.peers [--peers DIR] [--peer NAME …] [--shape NAME …] [--speed 60]`.

DIR holds the sources of published peers (floor/, ansible/, terraform/); without it only this folder's own run. What is
not installed is left out, and said so. Exit status 1 if a lab did not live as it would on AWS.
"""

import argparse
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pltui.sandbox import launcher
from tests.peers.shape import SHAPES, Shape, rewrite
from tests.peers.stages import Peer, Run, missing
from tests.peers.tools import PEERS


def play(name: str, shape: Shape, speed: float, sources: Path | None, say: bool = True) -> None:
    """A whole life on a sandbox of its own. AssertionError where it was not as on AWS."""
    peer = PEERS[name]
    began = time.monotonic()

    def tell(stage: str) -> None:
        if say:
            print(f"{time.monotonic() - began:7.1f} s  {name}, {shape.name}: {stage}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        work, here = Path(folder), _sources(peer, shape, sources, Path(folder))
        with _fresh_sandbox(work / "runtime", speed) as sandbox:
            Run(peer, shape, sandbox, here, work).whole(tell)
    tell("done")


@contextlib.contextmanager
def _fresh_sandbox(folder: Path, speed: float) -> Iterator[launcher.Sandbox]:
    before = os.environ.get(launcher.RUNTIME_DIR)
    os.environ[launcher.RUNTIME_DIR] = str(folder)
    try:
        yield launcher.ensure(speed)
    finally:
        launcher.stop()
        os.environ.pop(launcher.RUNTIME_DIR)
        if before is not None:
            os.environ[launcher.RUNTIME_DIR] = before


def _sources(peer: Peer, shape: Shape, sources: Path | None, work: Path) -> Path:
    """The published sources, copied and given the shape."""
    here = work / "peers"
    if peer.published and sources:
        shutil.copytree(sources, here, ignore=shutil.ignore_patterns(".*", "results", "__pycache__"))
        rewrite(here, shape)
    return here


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("--peers", type=Path, metavar="DIR", help="the folder with the published peers' sources")
    parser.add_argument("--peer", action="append", choices=PEERS, help="(default: all)")
    parser.add_argument("--shape", action="append", choices=SHAPES, help="(default: all)")
    parser.add_argument("--speed", type=launcher.parse_speed, default=60.0, help="the sandbox's (default: 60)")
    args = parser.parse_args()
    failed = False
    for name in args.peer or PEERS:
        if (lack := missing(PEERS[name])) or (PEERS[name].published and not args.peers):
            print(f"left out: {name}: {', '.join(lack) + ' not installed' if lack else 'no --peers DIR'}")
            continue
        for shape in args.shape or SHAPES:
            try:
                play(name, SHAPES[shape], args.speed, args.peers)
            except AssertionError as error:
                failed = True
                print(f"FAILED: {name}, {shape}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
