"""The whole story of a lab on a real account: it costs about 0.25 USD, and only PLTUI_LIVE=1 runs it.

CONTRIBUTING, "On a real account", tells how. PLTUI_LIVE_SPEC, _PROFILE, _REGION and _RECORD choose the spec, the
credentials, the region and the folder of the recordings; PLTUI_LIVE_ENDPOINT sends the calls to an emulator.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builders.commands import Done

LIVE = os.environ.get("PLTUI_LIVE") == "1"
SPEC = os.environ.get("PLTUI_LIVE_SPEC", "specs/privatelink.yaml")
LONGEST_S = 30 * 60.0  # of a command: a load balancer's targets take minutes, and destroy waits for interfaces

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LIVE, reason="PLTUI_LIVE=1 runs it on an account, at a cost"),
    pytest.mark.timeout(3 * LONGEST_S),
]


@dataclass(frozen=True)
class Account:
    recordings: Path

    def pltui(self, command: str, *words: str) -> Done:
        """A command on the account, recorded."""
        line = [sys.executable, "-m", "pltui", command, SPEC, *words, "--target", "aws"]
        for option in ("profile", "region"):
            if value := os.environ.get(f"PLTUI_LIVE_{option.upper()}"):
                line += [f"--{option}", value]
        if endpoint := os.environ.get("PLTUI_LIVE_ENDPOINT"):
            line += ["--endpoint-url", endpoint]
        file = self.recordings / f"{len(list(self.recordings.iterdir())) + 1:02}-{command}-{uuid.uuid4().hex[:6]}.jsonl"
        done = subprocess.run(
            [*line, "--record", str(file)], capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
        print(f"pltui {command}: exit {done.returncode}\n{done.stderr}")
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def must(self, command: str, *words: str, code: int = 0) -> Done:
        done = self.pltui(command, *words)
        assert done.code == code, f"exit {done.code} instead of {code}\n{done.err}\n{done.out[-4000:]}"
        return done


@pytest.fixture
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account without the lab. The lab is destroyed however the test ends."""
    chosen = os.environ.get("PLTUI_LIVE_RECORD")
    recordings = Path(chosen) if chosen else tmp_path_factory.mktemp("recordings")
    recordings.mkdir(parents=True, exist_ok=True)
    account = Account(recordings)
    try:
        yield account
    finally:
        gone = account.pltui("destroy", "--yes", "--json")
        print(f"recordings are in {recordings}")
    assert gone.code == 0, f"THE LAB MAY STILL COST MONEY: run `pltui destroy {SPEC} --target aws --yes`\n{gone.err}"


def test_a_lab_is_made_used_switched_and_removed(account: Account) -> None:
    assert account.must("plan", "--json", code=3).document()["changes"]

    made = account.must("reconcile", "--json").lines()[-1]
    assert made["ok"]
    assert made["created"] > 0
    assert account.must("plan", "--json").document()["changes"] == []
    assert account.must("status", "--json").document()["converged"] is True

    probed = account.must("probe", "--json", "-n", "30").lines()[-1]
    assert (probed["sent"], probed["failed"]) == (30, 0)
    account.must("explain", "--json")
    assert account.must("verify", "--json").document()["passed"] is True

    account.must("cross-zone", "toggle")
    account.must("plan", "--json", code=3)
    assert account.must("reconcile", "--json").lines()[-1]["updated"] == 1

    removed = account.must("destroy", "--yes", "--json").lines()[-1]
    assert removed["ok"]
    assert removed["deleted"] > 0
    assert account.must("destroy", "--yes", "--json").lines()[-1]["deleted"] == 0
