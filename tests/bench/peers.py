"""The same lab by other means, where a folder with their bench is at hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# What each peer needs on the PATH, beyond the bench's own requirements.
PEERS = {"floor": None, "pltui": "pltui", "ansible": "ansible-playbook", "terraform": "terraform"}


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
    for peer, program in PEERS.items():
        if program is None or shutil.which(program, path=path):
            words += ["--peer", peer]
        else:
            print(f"left out: {peer}, as {program} is not installed")
    done = subprocess.run(
        [*words, "--out", os.devnull], env={**os.environ, "PATH": path}, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        print(f"the peers' bench ended with {done.returncode}; its README.md tells what it needs")
