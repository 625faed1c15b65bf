"""Run moto's tests against the sandbox: `python -m tests.moto_suite --moto DIR [--python PYTHON] [PATH …]`.

DIR is a checkout of moto of the version pltui pins (or one near it): its `tests/` are run in server mode. PYTHON has
what they import: `pip install 'moto[ec2,elbv2,route53,ssm,iam,server]' pytest pytest-timeout freezegun`. What fails is
run again against plain moto. Exit status 1 if a test passes there and fails here without being listed in
`differences.toml`, or is listed and passes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from xml.etree import ElementTree

from pltui.sandbox import launcher
from tests.moto import plain_moto
from tests.moto_suite.differences import DIFFERENCES, reason

AREAS = ("ec2", "elbv2", "route53", "ssm", "iam", "sts", "vpclattice")
PATIENCE = "90"  # seconds a test may take


class Suite:
    """moto's tests, run in server mode. A test is named `test_ec2/test_vpcs.py::test_name[case]`."""

    def __init__(self, checkout: Path, python: str) -> None:
        self._checkout, self._python = checkout, python

    def failures(self, endpoint: str, chosen: Iterable[str]) -> tuple[set[str], int]:
        """(those that failed, how many were run)"""
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            options = ["-q", "-p", "no:cacheprovider", f"--timeout={PATIENCE}", f"--junitxml={report}"]
            command = [self._python, "-m", "pytest", *options, *(f"tests/{each}" for each in chosen)]
            subprocess.run(command, cwd=self._checkout, env=_environment(endpoint), stdout=sys.stderr, check=False)
            cases = list(ElementTree.parse(report).iter("testcase"))
        ran = [case for case in cases if case.find("skipped") is None]
        return {_name(case) for case in ran if len(case) and _failed(case)}, len(ran)


def _failed(case: ElementTree.Element) -> bool:
    return case.find("failure") is not None or case.find("error") is not None


def _name(case: ElementTree.Element) -> str:
    module = case.get("classname", "").removeprefix("tests.")
    return f"{module.replace('.', '/')}.py::{case.get('name')}"


def _environment(endpoint: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_", "TEST_"))}
    return {
        **kept,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        "TEST_SERVER_MODE": "true",
        "TEST_SERVER_MODE_ENDPOINT": endpoint,
        "TESTS_SKIP_REQUIRES_DOCKER": "true",
    }


def report(ours: Collection[str], plain: Collection[str], chosen: Collection[str]) -> bool:
    """Print what differs and why; whether all of it is foreseen."""
    differing = sorted(set(ours) - set(plain))
    unforeseen = [test for test in differing if reason(test) is None]
    for difference in DIFFERENCES:
        if observed := [test for test in differing if test in difference.tests]:
            print(f"\n{difference.fact}\n    ({difference.source})")
            print("".join(f"    {test}\n" for test in observed), end="")
    agreeing = sorted(
        test
        for each in DIFFERENCES
        if not each.sometimes
        for test in each.tests
        if test not in ours and any(test.startswith(path) for path in chosen)
    )
    for title, tests in (
        ("Not foreseen: these pass on plain moto and fail here", unforeseen),
        ("Listed as differing, and yet they pass: take them off the list", agreeing),
    ):
        if tests:
            print(f"\n{title}\n" + "".join(f"    {test}\n" for test in tests), end="")
    return not unforeseen and not agreeing


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.moto_suite", description=__doc__)
    parser.add_argument("--moto", type=Path, required=True, metavar="DIR", help="a checkout of moto")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has what moto's tests import")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="below its tests/ (default: the lab's services)")
    args = parser.parse_args()
    chosen = args.paths or [f"test_{area}" for area in AREAS]
    suite = Suite(args.moto, args.python)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[launcher.RUNTIME_DIR] = folder
        try:
            ours, ran = suite.failures(launcher.ensure(launcher.parse_speed("instant")).endpoint_url, chosen)
        finally:
            launcher.stop()
    plain: set[str] = set()
    if ours:
        with plain_moto(managed_policies=False) as url:
            plain, _ = suite.failures(url, sorted(ours))
    foreseen = report(ours, plain, chosen)
    print(
        f"\n{ran} run, {ran - len(ours)} passed; of {len(ours)} failures {len(ours & plain)} are plain moto's as well"
    )
    return 0 if foreseen else 1


if __name__ == "__main__":
    raise SystemExit(main())
