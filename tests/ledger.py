"""The fidelity ledger: what AWS does, who says so, which test shows it, and whether the sandbox holds to it.

`python -m tests.ledger` writes it anew from the tests' own marks, `--check` fails when it is out of date:

    @pytest.mark.fidelity("A deleted NAT gateway stays listed", source="VPC user guide, NAT gateways")
    @pytest.mark.fidelity("…", source="…", differs="what the sandbox does instead, and why")
"""

import argparse
import contextlib
import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WHERE = (ROOT / "tests" / "emulator", ROOT / "tests" / "reachability")
LEDGER = ROOT / "pltui" / "emulator" / "FIDELITY.md"

HEAD = """\
# What the sandbox does as AWS does, and what it does not

Each line is a behaviour of AWS, with its source and the test that shows what the sandbox does. `python -m tests.ledger`
generates the file from marks in the tests; a test fails if it is out of date.

A source that begins with "seen" is a log, an issue or code of others that ran against AWS; "believed" means that there
is no source. Neither is a promise of AWS. The other sources are at docs.aws.amazon.com or in botocore's service models:

"""

DOCUMENTS = {
    "EC2 API reference": "AWSEC2/latest/APIReference/",
    "EC2 API reference, error codes": "AWSEC2/latest/APIReference/errors-overview.html",
    "EC2 API guide": "ec2/latest/devguide/",
    "EC2 user guide": "AWSEC2/latest/UserGuide/",
    "VPC user guide": "vpc/latest/userguide/",
    "VPC peering guide": "vpc/latest/peering/",
    "PrivateLink guide": "vpc/latest/privatelink/",
    "elbv2 API reference": "elasticloadbalancing/latest/APIReference/",
    "ELB user guide": "elasticloadbalancing/latest/userguide/",
    "Application Load Balancer user guide": "elasticloadbalancing/latest/application/",
    "NLB user guide": "elasticloadbalancing/latest/network/",
    "Route 53 API reference": "Route53/latest/APIReference/",
    "Route 53 developer guide": "Route53/latest/DeveloperGuide/",
    "IAM API reference": "IAM/latest/APIReference/",
    "IAM user guide": "IAM/latest/UserGuide/",
    "STS API reference": "STS/latest/APIReference/",
    "Systems Manager API reference": "systems-manager/latest/APIReference/",
    "Systems Manager user guide": "systems-manager/latest/userguide/",
    "VPC Lattice API reference": "vpc-lattice/latest/APIReference/",
    "VPC Lattice user guide": "vpc-lattice/latest/ug/",
    "AWS CLI reference": "cli/latest/reference/",
}


@dataclass(frozen=True, order=True)
class Line:
    area: str
    fact: str
    source: str
    test: str
    differs: str = ""


class _Marks:
    """A plugin that keeps the marks of what is collected."""

    def __init__(self) -> None:
        self.lines: dict[Line, None] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            for mark in item.iter_markers("fidelity"):
                self.lines[_line(item, *mark.args, **mark.kwargs)] = None


def _line(item: pytest.Item, fact: str, source: str, differs: str = "") -> Line:
    module = item.getparent(pytest.Module)
    area = ((module.obj.__doc__ if module else None) or item.location[0]).strip().splitlines()[0]
    name = item.nodeid.partition("[")[0].partition("::")[2]
    return Line(area.rstrip("."), fact.rstrip("."), source, f"{item.location[0]}::{name}", differs)


def collected() -> list[Line]:
    marks = _Marks()
    arguments = ["--collect-only", "-qq", "-o", "addopts=", "-p", "no:cacheprovider", *map(str, WHERE)]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = pytest.main(arguments, plugins=[marks])
    if status != pytest.ExitCode.OK:
        raise SystemExit(f"the tests cannot be collected: {said.getvalue()[-2000:]}")
    return sorted(marks.lines)


def written(lines: Iterable[Line]) -> str:
    lines = list(lines)
    differing = [line for line in lines if line.differs]
    parts = [HEAD, *(f"- {name}: <https://docs.aws.amazon.com/{path}>\n" for name, path in DOCUMENTS.items())]
    parts.append(f"\n{len(lines)} behaviours: {len(lines) - len(differing)} hold, {len(differing)} differ.\n")
    parts.append("\n## What differs\n\n| AWS | the sandbox | source | test |\n| --- | --- | --- | --- |\n")
    parts += [_row(line.fact, line.differs, line.source, _link(line.test)) for line in differing]
    parts.append("\n## What holds\n")
    for area in dict.fromkeys(line.area for line in lines if not line.differs):
        parts.append(f"\n### {area}\n\n| AWS | source | test |\n| --- | --- | --- |\n")
        parts += [
            _row(line.fact, line.source, _link(line.test)) for line in lines if line.area == area and not line.differs
        ]
    return "".join(parts)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name}](../../{path})"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ledger", description="Write the fidelity ledger.")
    parser.add_argument("--check", action="store_true", help="say whether it is up to date, and write nothing")
    text = written(collected())
    if not parser.parse_args().check:
        LEDGER.write_text(text)
    elif not LEDGER.exists() or LEDGER.read_text() != text:
        print(f"{LEDGER.relative_to(ROOT)} is not what the tests say: python -m tests.ledger", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
