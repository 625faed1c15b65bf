"""The emulator runs without the rest of pltui: copied with only what it may import, it starts and answers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

PACKAGE = Path(__file__).resolve().parents[2] / "pltui"
# The emulator, the model of the network, the control protocol, the probe's request and script, and what they share.
PARTS = ("__init__.py", "text.py", "i18n", "aws_errors", "aws_requests", "reachability", "sandbox", "emulator")
PROBE = ("__init__.py", "answer.py", "request.py", "sandbox.py", "script.py")
START_LIMIT_S = 60.0


def copy_parts(folder: Path) -> None:
    package = folder / "pltui"
    (package / "probe").mkdir(parents=True)
    for part in PARTS:
        source = PACKAGE / part
        if source.is_dir():
            shutil.copytree(source, package / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, package / part)
    for module in PROBE:
        shutil.copy(PACKAGE / "probe" / module, package / "probe" / module)


def test_it_starts_and_answers_from_its_own_packages(tmp_path: Path) -> None:
    copy_parts(tmp_path)
    runtime = tmp_path / "runtime"
    command = [sys.executable, "-m", "pltui.emulator", "--runtime-dir", str(runtime), "--idle", "60"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not (runtime / "sandbox.json").exists():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        url = json.loads((runtime / "sandbox.json").read_text())["endpoint_url"]
        form = {"Action": "CreateVpc", "Version": "2016-11-15", "CidrBlock": "10.0.0.0/16"}
        answer = httpx.post(
            url, data=form, headers={"Authorization": "AWS4-HMAC-SHA256 Credential=a/1/us-east-1/ec2/x"}
        )
        assert "<vpcId>vpc-" in answer.text
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
