"""The example of CONTRIBUTING is the code as it is: its diff can be taken back."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_example_of_a_resource_type_is_a_real_diff() -> None:
    [diff] = re.findall(r"```diff\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    command = ["git", "apply", "--reverse", "--check", "-"]
    done = subprocess.run(command, cwd=ROOT, input=diff, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
