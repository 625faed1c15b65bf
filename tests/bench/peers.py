"""The same lab by other means, where a folder with their bench is at hand."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# What each peer needs on the PATH, beyond the bench's own requirements.
PEERS = {"floor": None, "pltui": "pltui", "ansible": "ansible-playbook", "terraform": "terraform"}
ALWAYS = ("floor", "pltui")


def run(folder: Path | None, spec: str, runs: int) -> None:
    if folder is None:
        print("not measured: --peers DIR names the folder with the peers' bench.py")
        return
    bench = folder / "bench.py"
    if not bench.is_file():
        print(f"not measured: there is no {bench}")
        return
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    words = [sys.executable, str(bench), "--latency-ms", "50", "--runs", str(runs), "--spec", str(Path(spec).resolve())]
    there = [peer for peer, program in PEERS.items() if program is None or shutil.which(program, path=path)]
    for peer in PEERS.keys() - there:
        print(f"left out: {peer}, as {PEERS[peer]} is not installed")
    # One that is installed may still lack what it needs; the ratio to the floor must not be lost for that.
    for peers in dict.fromkeys((tuple(there), tuple(peer for peer in there if peer in ALWAYS))):
        chosen = [word for peer in peers for word in ("--peer", peer)]
        environment = {**os.environ, "PATH": path}
        done = subprocess.run(
            [*words, *chosen, "--out", os.devnull], env=environment, stderr=subprocess.STDOUT, check=False
        )
        if not done.returncode:
            return
        print(
            f"with {', '.join(peers)} it ended with {done.returncode}: its README.md tells what each needs", flush=True
        )
