"""Replay a scenario: python -m tests.generated [--lag 0.2] [--pace 0.05] 'converge@3=LOST destroy'"""

import argparse
import sys

from tests.generated.play import LAG, PACE, WrongEndError, play
from tests.generated.scenario import parse


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.generated", description="Replay a scenario.")
    parser.add_argument("scenario")
    parser.add_argument("--lag", type=float, default=LAG)
    parser.add_argument("--pace", type=float, default=PACE)
    args = parser.parse_args()
    scenario = parse(args.scenario)
    try:
        play(scenario, lag=args.lag, pace=args.pace)
    except WrongEndError as error:
        print(error)
        return 1
    print(f"ends well: {scenario}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
