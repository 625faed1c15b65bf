"""The fidelity ledger users read is what the tests say."""

import subprocess
import sys

from tests.ledger import LEDGER, ROOT


def test_the_ledger_is_made_from_the_tests_own_marks() -> None:
    """Out of date: `python -m tests.ledger`."""
    checked = subprocess.run(
        [sys.executable, "-m", "tests.ledger", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    assert LEDGER.read_text().count("\n| ") > 100
