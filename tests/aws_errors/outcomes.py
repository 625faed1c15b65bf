"""How a lab's run ends when AWS answers one of its calls with an error of the catalogue, on the in-process cloud.

    python -m tests.aws_errors.outcomes     # write outcomes.toml, which the tests read, and the table of CONTRIBUTING

Runs of errors that the engine cannot tell apart (the same call, class, duration and reason) are made once.
"""

import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pltui import aws_errors
from pltui.aws.client import iam_action
from pltui.aws.errors import translate_error
from pltui.aws.settings import Settings
from pltui.aws_errors import ANY, CatalogueEntry
from pltui.cost import prices
from pltui.engine.errors import CloudError
from pltui.errors import LabError
from pltui.lab.session import Lab
from pltui.spec import load
from tests import error_table
from tests.fakeaws import FakeAws
from tests.fakeaws.faults import Call, Rejection, Script, no_faults
from tests.fakecloud.clock import run
from tests.fakecloud.labs import REGION, SPECS
from tests.generated.process import Host

FILE = Path(__file__).with_name("outcomes.toml")
PACE = 0.05  # of changes of state, as a share of AWS's: slow enough that a run's calls come in AWS's order
BILLED = {"elastic_ip": "IP", "endpoint": "endpoint", "instance": "VM", "load_balancer": "NLB", "nat_gateway": "NAT"}
TIMEOUT = 3600.0  # seconds of a run, so that it ends by itself
RECONCILE, DESTROY = "reconcile", "destroy"
# The call that stands for all of a service, for errors that any call may meet.
USUAL: Mapping[str, str] = {
    "ec2": "CreateVpc", "elbv2": "CreateLoadBalancer", "iam": "CreateRole", "route53": "CreateHostedZone",
    "ssm": "GetParameter", ANY: "CreateVpc",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """The call of a lab's life that an error is met at."""

    verb: str
    service: str
    operation: str

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"


@dataclass(frozen=True, slots=True)
class Ended:
    """`exit`: the command's exit code. `remains`: the resources that are billed by the hour, in words.

    `count`: all resources. It is not in the file, as how many free ones are under way when a run stops says nothing.
    """

    exit: int
    remains: str
    usd_per_hour: float
    count: int
    problems: tuple[str, ...]


def place(entry: CatalogueEntry) -> Place | None:
    """Where a lab meets the error; None for calls that no lab makes."""
    for service in (each if each != ANY else "ec2" for each in entry.services):
        for operation in entry.operations or (USUAL.get(service, ""),):
            for verb in (RECONCILE, DESTROY):
                if (service, operation) in calls()[verb]:
                    return Place(verb, service, operation)
    return None


def any_place(entry: CatalogueEntry) -> Place:
    """Where a lab meets the error, or a call that it names though no lab makes it."""
    service = entry.services[0] if entry.services[0] != ANY else "ec2"
    operation = next(iter(entry.operations), USUAL.get(service, "GetCallerIdentity"))
    return place(entry) or Place(RECONCILE, service, operation)


@cache
def calls() -> Mapping[str, frozenset[tuple[str, str]]]:
    """The calls of a first reconcile and of a destroy."""
    cloud = FakeAws(lag=0.0, pace=PACE)
    found = {}
    for verb in (RECONCILE, DESTROY):
        before = len(cloud.calls)
        run(_carried_out(cloud, verb))
        found[verb] = frozenset((call.service, call.operation) for call in cloud.calls[before:])
    return found


def error_of(entry: CatalogueEntry, at: Place) -> CloudError:
    """What the engine is given."""
    action = iam_action(at.service, at.operation)
    error = {"Code": entry.code, "Message": entry.wording(action=action)}
    return translate_error({"Error": error, "ResponseMetadata": {"HTTPStatusCode": entry.status}}, action)


def ended(entry: CatalogueEntry, at: Place, times: int | None = None) -> Ended:
    """How the run ends."""
    key = (*alike(entry, at), times)
    if key not in _ended:
        _ended[key] = run(_met(entry, at, times))
    return _ended[key]


def alike(entry: CatalogueEntry, at: Place) -> tuple[object, ...]:
    """The same for errors that the engine cannot tell apart."""
    error = error_of(entry, at)
    return at, type(error).__name__, error.lasts_s, error.account_wide, entry.kind


def answering(entry: CatalogueEntry, at: Place, times: int | None = None) -> Script:
    """The error at each call of the operation, or at the first `times`."""
    left = -1 if times is None else times
    error = Rejection(entry.code, entry.wording(action=iam_action(at.service, at.operation)), entry.status)

    def script(call: Call) -> Rejection | None:
        nonlocal left
        if (call.service, call.operation) != (at.service, at.operation) or not left:
            return None
        left -= 1
        return error

    return script


_ended: dict[tuple[object, ...], Ended] = {}


async def _met(entry: CatalogueEntry, at: Place, times: int | None) -> Ended:
    random.seed(0)  # of the pauses between two tries
    cloud = FakeAws(lag=0.0, pace=PACE)
    if at.verb == DESTROY:
        await _carried_out(cloud, RECONCILE)
    cloud.script = answering(entry, at, times)
    code, problems = await _carried_out(cloud, at.verb)
    cloud.script = no_faults
    lab = _lab(cloud)
    await lab.open()
    await lab.plan()
    hourly = prices.cost(lab.observed, prices.shipped_prices(REGION)).hourly
    await lab.close()
    kinds = Counter(one.type for one in cloud.standing() if one.type != "parameter")
    return Ended(code, _in_words(kinds), round(hourly, 3), kinds.total(), problems)


def _in_words(kinds: Counter[str]) -> str:
    billed = [f"{count} {BILLED[kind]}" for kind, count in sorted(kinds.items()) if kind in BILLED]
    return ", ".join(billed) or ("free resources" if kinds else "nothing")


async def _carried_out(cloud: FakeAws, verb: str) -> tuple[int, tuple[str, ...]]:
    """The exit code and the messages of one command."""
    lab = _lab(cloud)
    try:
        await lab.open()
        outcome = await (lab.reconcile() if verb == RECONCILE else lab.destroy())
    except LabError as error:
        return error.code, (f"{error.message}; {error.hint}",)
    finally:
        await lab.close()
    return (0 if outcome.ok else 4 if outcome.denied else 1), (*map(str, outcome.problems), str(outcome.message))


def _lab(cloud: FakeAws) -> Lab:
    settings = Settings(target="aws", region=REGION, timeout=TIMEOUT)
    return Lab("lab.yaml", load(SPECS / "privatelink.yaml"), settings, wire=cloud, process=Host().process(1))


def document() -> str:
    """The file's text: an entry a line."""
    lines = ["# How a run ends that meets an error: see outcomes.py, which writes this file."]
    for entry in aws_errors.injectable():
        if at := place(entry):
            found = ended(entry, at)
            values = f'exit = {found.exit}, remains = "{found.remains}", usd_per_hour = {found.usd_per_hour}'
            lines.append(f'{json.dumps(entry.name)} = {{ call = "{at}", {values} }}')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
    error_table.write()
