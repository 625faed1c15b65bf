"""Play the screen without a sandbox: `python -m tests.tui.demo [two] [aws] [fault]`."""

import sys

from pltui.tui.app import run
from pltui.tui.widgets.distribution import Distribution
from tests.builders.fake_lab import FakeLab, spec


def main() -> None:
    consumers = ("consumer", "second") if "two" in sys.argv else ("consumer",)
    target = "aws" if "aws" in sys.argv else "sandbox"
    if "fault" in sys.argv:
        Distribution.render = lambda self: 1 / 0  # type: ignore[assignment,method-assign,return-value]
    raise SystemExit(run(FakeLab(spec(consumers=consumers), target=target, pace=0.8)))


if __name__ == "__main__":
    main()
