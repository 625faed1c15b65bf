"""A consumer's request followed hop by hop: the predicted result with its reason, and the observed result."""

from __future__ import annotations

import contextlib
import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pltui import topology
from pltui.engine.errors import ClaimedError
from pltui.errors import LabError
from pltui.i18n import Phrase
from pltui.probe.factory import asker, question
from pltui.probe.sampling import sample
from pltui.probe.tally import Tally
from pltui.reachability import parse
from pltui.reachability.codes import Verdict
from pltui.reachability.hops import Hop, Path, Trace
from pltui.reachability.load_balancer import Health
from pltui.reachability.parse import ApiResponses
from pltui.reachability.trace import trace
from pltui.reachability.world import Fault, NetworkModel
from pltui.topology import PROVIDER, Address

if TYPE_CHECKING:
    from pltui.context import LabContext

PROBES = 10  # real requests per prediction: as many as the probe sends through Session Manager at a time
# Kinds of resources on a path. Without the machine no request is possible; for the others the path shows what is
# missing.
_KINDS = frozenset({"vpc", "subnet", "instance", "endpoint", "load_balancer", "endpoint_service"})


class Reachability(enum.StrEnum):
    """Verdict on a consumer's requests, best first."""

    REACHABLE = "reachable"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class ObservedAnswers:
    """Results of real requests."""

    sent: int
    failed: int
    shares: Mapping[str, float]  # subnet -> its share of the answers
    failures: Mapping[str, int] = field(default_factory=dict)  # in words -> count


@dataclass(frozen=True, slots=True)
class Explanation:
    """Explanation of one consumer's requests.

    Without a `trace` its machine is missing; without `observed` no request was sent, and `unasked` is the reason.
    """

    consumer: str
    destination: str
    port: int
    missing: tuple[str, ...] = ()  # addresses of resources that a path needs and that do not exist
    trace: Trace | None = None
    predicted: Mapping[str, float] = field(default_factory=dict)  # subnet -> its share of the answers
    observed: ObservedAnswers | None = None
    unasked: str = ""

    def reachability(self, *, unread: bool = False) -> Reachability:
        """Return the verdict; `unread`: a part of the network could not be read.

        Unknown: the path leaves the model, requires a part that was not read, or real requests contradict it.
        """
        found, observed = self.trace, self.observed
        if found is None:
            return Reachability.BLOCKED
        if found.verdict is Verdict.NO_ROUTE:
            return Reachability.UNKNOWN
        if observed and bool(found.open_paths) is not bool(observed.sent - observed.failed):
            return Reachability.UNKNOWN
        if not found.open_paths:
            return Reachability.BLOCKED
        return Reachability.UNKNOWN if unread else Reachability.REACHABLE

    def document(self) -> dict[str, Any]:
        """Return JSON values; `paths` has every path a connection may take and every target left out."""
        observed, found = self.observed, self.trace
        return {
            "destination": self.destination,
            "port": self.port,
            "missing": list(self.missing),
            "verdict": str(found.verdict) if found else None,
            "code": found.code if found else None,
            "why": found.why if found else None,
            "paths": [_path_document(path) for path in found.paths] if found else [],
            "predicted": dict(self.predicted),
            "observed": dict(observed.shares) if observed else None,
            "sent": observed.sent if observed else 0,
            "failed": observed.failed if observed else 0,
            "failures": dict(observed.failures) if observed else {},
        }


@dataclass(frozen=True, slots=True)
class Explained:
    """Explanation of a lab: one per consumer, and the facts they share."""

    lab: str
    consumers: Sequence[Explanation]
    names: Mapping[str, str]  # id or ARN -> display name
    zones: Mapping[str, str]  # zone id -> its name in this account
    conditions: Mapping[str, str] = field(default_factory=dict)  # target's id -> reason why it is not healthy
    faults: Sequence[Mapping[str, Any]] = ()  # active faults, as in the sandbox's status
    unread: Mapping[str, str] = field(default_factory=dict)  # unreadable topic -> reason
    world: NetworkModel = field(default_factory=NetworkModel)  # everything observed
    health: Health = field(default_factory=dict)

    @property
    def reachability(self) -> Reachability:
        """The worst verdict of the consumers."""
        found = [each.reachability(unread=bool(self.unread)) for each in self.consumers]
        return max(found, key=[*Reachability].index, default=Reachability.UNKNOWN)

    def document(self) -> dict[str, Any]:
        """Return the explanation as JSON values."""
        return {
            "lab": self.lab,
            "reachability": str(self.reachability),
            "consumers": {each.consumer: each.document() for each in self.consumers},
            "faults": [dict(each) for each in self.faults],
            "unread": dict(self.unread),
        }


def _path_document(path: Path) -> dict[str, Any]:
    return {
        "hops": [_hop_document(hop) for hop in path.hops],
        "verdict": str(path.verdict),
        "code": path.code,
        "why": path.why,
        "chance": path.chance,
        "weight": path.weight,
        "server": path.server,
        "subnet": path.subnet,
        "zone_id": path.zone_id,
    }


def _hop_document(hop: Hop) -> dict[str, Any]:
    return {
        "kind": hop.kind,
        "id": hop.id,
        "zone_id": hop.zone_id,
        "address": hop.address,
        "verdict": str(hop.verdict),
        "code": hop.code,
        "rule": hop.rule,
        "why": hop.why,
    }


async def explain(lab: LabContext, consumer: str | None = None, *, probe: bool = True) -> Explained:
    """Observe the lab, trace each consumer's request (or only that of `consumer`), and send real ones if possible.

    Reads only, except for the probe on AWS: Session Manager's command is a write, and is not sent with --read-only.

    Raises:
        LabError: If the lab cannot be read, or there is no such consumer.
    """
    from pltui.sandbox.status import read_faults

    names = [question(lab, consumer).consumer] if consumer else list(lab.spec.consumers)
    ids = await _ids_on_path(lab)
    vpcs = tuple(sorted({ids[a] for a in ids if Address.parse(a).path == "vpc"}))
    answers, unread = await _read_surroundings(lab, vpcs)
    faults = await read_faults(lab.sandbox)
    world = replace(parse.parse_network_model([answers]), faults=tuple(map(_parse_fault, faults)))
    health = _target_health(answers)
    found = [_predict_answers(lab, name, ids, world, health) for name in names]
    if probe:
        found = [await _add_real_answers(lab, each) for each in found]
    return Explained(
        lab=lab.spec.name,
        consumers=found,
        names=_display_names(answers, ids),
        zones=_zone_names(answers),
        conditions=_machine_conditions(answers),
        faults=faults,
        unread=unread,
        world=world,
        health=health,
    )


async def _ids_on_path(lab: LabContext) -> dict[str, str]:
    """Return address -> id of the resources on a path."""
    wanted = [desired.address for desired in lab.all_desired if desired.kind in _KINDS]
    # A foreign resource that conflicts with the lab does not prevent an explanation of what exists.
    with contextlib.suppress(ClaimedError):
        return await lab.find(*wanted)
    return {item.address: item.id for item in lab.observed if item.address in wanted and not item.foreign}


async def _read_surroundings(lab: LabContext, vpcs: tuple[str, ...]) -> tuple[ApiResponses, dict[str, str]]:
    """Return the API's answers about `vpcs`, and the reason for each topic that could not be read."""
    from pltui.aws.network_reader import read_surroundings

    if not vpcs:
        return ApiResponses(lab.region), {}
    observed = await lab.read(read_surroundings(lab.client, vpcs))
    return observed.answers, {
        topic: " ".join(part for part in (error.code, error.message, f"({error.action})") if part)
        for topic, error in observed.unread.items()
    }


def _predict_answers(
    lab: LabContext, name: str, ids: Mapping[str, str], world: NetworkModel, health: Health
) -> Explanation:
    asked = question(lab, name)
    needed = (f"{name}/client", f"{name}/endpoint", topology.SERVICE, topology.LOAD_BALANCER)
    blank = Explanation(name, asked.name, asked.port, tuple(address for address in needed if address not in ids))
    client = world.instances.get(ids.get(f"{name}/client", ""))
    if client is None:
        return replace(blank, missing=tuple(dict.fromkeys((f"{name}/client", *blank.missing))))
    found = trace(world, health, client, asked.name, asked.port)
    own = {Address.parse(address): id_ for address, id_ in ids.items()}
    numbers = {id_: str(a.index) for a, id_ in own.items() if a.side == PROVIDER and a.private_subnet}
    shares = {numbers.get(subnet, subnet): share for subnet, share in found.answer_shares().items()}
    return replace(blank, trace=found, predicted=dict(sorted(shares.items())))


async def _add_real_answers(lab: LabContext, each: Explanation) -> Explanation:
    """Add results of real requests: many if answers are predicted, one otherwise."""
    if each.trace is None:
        return each
    if lab.sandbox is None and not lab.settings.on_aws:
        return replace(each, unasked=Phrase("this endpoint has no network behind its API"))
    if lab.settings.on_aws and lab.settings.read_only:
        return replace(
            each, unasked=Phrase("probing from the client machine needs a command, which --read-only does not allow")
        )
    try:
        return replace(
            each, observed=await _observe_answers(lab, each.consumer, PROBES if each.trace.open_paths else 1)
        )
    except LabError as error:
        if lab.stopping:
            raise
        return replace(each, unasked=error.message)


async def _observe_answers(lab: LabContext, consumer: str, count: int) -> ObservedAnswers:
    prober, tally = asker(lab, consumer), Tally(window=None)
    try:
        answers = await sample(lab, prober, count)
    finally:
        await prober.close()
    tally.add(answers)
    failures = Counter(answer.error for answer in answers if answer.error)
    by_subnet = tally.by_subnet()
    shares = {str(subnet): number / by_subnet.total() for subnet, number in sorted(by_subnet.items())}
    return ObservedAnswers(tally.sent, tally.failed, shares, failures)


def _parse_fault(told: Mapping[str, Any]) -> Fault:
    return Fault(told["id"], told["kind"], told["subject"], float(told.get("amount", 0)))


def _target_health(answers: ApiResponses) -> Health:
    """Return target health as in DescribeTargetHealth."""
    ports = {group["TargetGroupArn"]: group.get("Port", 0) for group in answers.target_groups}
    return {
        (arn, row["Target"]["Id"], int(row["Target"].get("Port") or ports.get(arn, 0))): row["TargetHealth"]["State"]
        for arn, rows in answers.targets.items()
        for row in rows
    }


def _display_names(answers: ApiResponses, ids: Mapping[str, str]) -> dict[str, str]:
    """Return display names: the last part of the address for the lab's resources, AWS's name for others."""
    names: dict[str, str] = {each["GroupId"]: each.get("GroupName", "") for each in answers.security_groups}
    names |= {each["LoadBalancerArn"]: each["LoadBalancerName"] for each in answers.load_balancers}
    names |= {each["TargetGroupArn"]: each["TargetGroupName"] for each in answers.target_groups}
    names |= {zone["HostedZone"]["Id"]: zone["HostedZone"]["Name"].rstrip(".") for zone in answers.zones}
    for address, found in ids.items():
        parsed = Address.parse(address)
        if not found.startswith("arn:"):
            names[found] = parsed.path if (parsed.side, parsed.part) == (PROVIDER, "server") else address
    return {key: name for key, name in names.items() if name}


def _zone_names(answers: ApiResponses) -> dict[str, str]:
    return {
        each["AvailabilityZoneId"]: each["AvailabilityZone"] for each in answers.subnets if "AvailabilityZoneId" in each
    }


def _machine_conditions(answers: ApiResponses) -> dict[str, str]:
    """Return the state of machines that do not run, and the reason from DescribeTargetHealth."""
    stopped = {each["InstanceId"]: each["State"]["Name"] for each in answers.instances}
    rows = [row for rows in answers.targets.values() for row in rows]
    reasons = {row["Target"]["Id"]: row["TargetHealth"].get("Reason", "") for row in rows}
    return {
        target: ", ".join(part for part in (stopped.get(target, "").replace("running", ""), reason) if part)
        for target, reason in reasons.items()
    }
