"""Faults of a lab on the sandbox: those available, those active, and how to clear them.

There are two kinds: faults of the sandbox itself, which AWS's API does not show, and changes that anyone could make
through that API, such as stopping a machine or emptying a security group. The second kind is drift: no record is kept
beyond what is observed, so any later session and any reconciliation can undo it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pltui.aws.user_errors import as_lab_error
from pltui.engine.errors import CloudError
from pltui.engine.model import Desired, Observed
from pltui.errors import LabError, Refused
from pltui.i18n import Phrase
from pltui.topology import PROVIDER, Address

if TYPE_CHECKING:
    from pltui.context import LabContext
    from pltui.sandbox.client import Sandbox

STOP, CLOSE = "stop", "close"  # through the API: stop a machine, remove a security group's ingress rules
# Default amounts: real milliseconds per round trip, fraction of packets, calls per second, AWS seconds.
AMOUNTS = {"latency": 200.0, "loss": 0.2, "throttle": 2.0, "lag": 10.0}
STOPPED = ("stopping", "stopped")  # EC2 API reference, InstanceState


@dataclass(frozen=True, slots=True)
class LabFault:
    """A fault that is available or active. `subject`: an address, an id, or "" for everything."""

    kind: str  # STOP, CLOSE, or a kind of `pltui sandbox fault`
    subject: str
    name: str = ""  # display name of the subject
    broken: bool = False
    text: str = ""  # the sandbox's description of an active fault
    sandbox_id: str = ""  # id of an active fault in the sandbox
    addresses: tuple[str, ...] = ()  # of the affected resources

    @property
    def id(self) -> str:
        """Kind and subject, which identify the fault within the lab."""
        return f"{self.kind} {self.subject}".rstrip()

    @property
    def by_api(self) -> bool:
        """True if the fault is a change through AWS's API rather than a fault of the sandbox."""
        return self.kind in (STOP, CLOSE)


# -- available and active faults --------------------------------------------------------------------------------------


async def user_data_problems(lab: LabContext) -> tuple[str, ...]:
    """Return a sentence for each machine of the lab, as last observed, whose user data the sandbox cannot interpret."""
    from pltui.sandbox.status import describe_problem, user_data_problems

    addresses = {item.id: item.address for item in lab.observed}
    problems = await user_data_problems(lab.sandbox)
    return tuple(describe_problem(addresses[each], problem) for each, problem in problems.items() if each in addresses)


async def list_faults(lab: LabContext) -> tuple[LabFault, ...]:
    """Return all faults that are available for `lab` as last observed, and all active ones. Empty without a sandbox."""
    if lab.sandbox is None:
        return ()
    from pltui.sandbox.status import known_faults

    faults = {f"{each['kind']} {_fault_subject(each)}".rstrip(): each for each in await known_faults(lab.sandbox)}
    known = [_with_fault(each, faults) for each in _possible_faults(lab)]
    ids = {each.id for each in known}
    others = [
        LabFault(each["kind"], _fault_subject(each), each.get("error", ""), True, str(each["text"]), each["id"])
        for key, each in faults.items()
        if key not in ids
    ]
    return (*known, *others)


def _fault_subject(fault: Mapping[str, Any]) -> str:
    """Return the subject of a fault and, for API errors, the error code: `ec2:RunInstances Unsupported`."""
    return f"{fault['subject']} {fault.get('error', '')}".rstrip()


def _with_fault(fault: LabFault, faults: Mapping[str, Mapping[str, Any]]) -> LabFault:
    found = faults.get(fault.id)
    if fault.by_api or found is None:
        return fault
    return replace(fault, broken=True, text=str(found["text"]), sandbox_id=found["id"])


def _possible_faults(lab: LabContext) -> Iterator[LabFault]:
    there = {item.address: item for item in lab.observed}
    yield from _machine_faults(lab.all_desired, there)
    yield from _zone_faults(lab, there)
    for desired in lab.all_desired:
        item = there.get(desired.address)
        if desired.kind == "subnet" and item and Address.parse(desired.address).private_subnet:
            struck = (desired.address, *_addresses_inside(item, lab.observed))
            yield LabFault("subnet", item.id, Address.parse(desired.address).words, addresses=struck)
    for desired in lab.all_desired:
        item = there.get(desired.address)
        if desired.kind == "security_group" and item and desired.spec["ingress"]:
            shut = not item.spec["ingress"]
            yield LabFault(
                CLOSE, desired.address, Address.parse(desired.address).words, shut, addresses=(desired.address,)
            )
    for kind in AMOUNTS:
        yield LabFault(kind, "ec2" if kind in ("throttle", "lag") else "")


def _machine_faults(all_desired: Sequence[Desired], there: Mapping[str, Observed]) -> Iterator[LabFault]:
    wanted = [desired.address for desired in all_desired if desired.kind == "instance"]
    machines = [(address, there[address]) for address in wanted if address in there]
    for address, item in machines:
        yield LabFault(STOP, address, Address.parse(address).words, item.status in STOPPED, addresses=(address,))
    for address, item in machines:
        if Address.parse(address).side == PROVIDER:
            yield LabFault("server", item.id, Address.parse(address).words, addresses=(address,))


def _zone_faults(lab: LabContext, there: Mapping[str, Observed]) -> Iterator[LabFault]:
    used: dict[str, list[str]] = {}
    for item in there.values():
        if item.kind == "subnet":
            used.setdefault(str(item.spec["zone"]), []).extend((item.address, *_addresses_inside(item, there.values())))
    zones = [zone for zone in lab.zones if zone.name in used]
    for zone in zones:
        yield LabFault("zone", zone.id, f"{zone.name} ({zone.id})", addresses=tuple(used[zone.name]))
    for zone in zones:
        yield LabFault("latency", zone.id, f"{zone.name} ({zone.id})")


def _addresses_inside(subnet: Observed, observed: Iterable[Observed]) -> list[str]:
    """Return the addresses of the resources in this subnet alone."""
    return [item.address for item in observed if item.spec.get("subnet") == subnet.id]


# -- injecting and clearing -------------------------------------------------------------------------------------------


async def inject_fault(lab: LabContext, fault: LabFault) -> None:
    """Inject a fault.

    Raises:
        Refused: If there is no sandbox, or the lab is read-only.
        LabError: If the resource does not exist, or a call fails.
    """
    from pltui.sandbox.status import ask

    sandbox = _require_sandbox(lab)
    if not fault.by_api:
        await ask(sandbox.add_fault, fault.kind, fault.subject, AMOUNTS.get(fault.kind, 0.0))
        return
    found = await lab.find(fault.subject)
    if fault.subject not in found:
        raise LabError(Phrase("{name} does not exist", name=fault.name), Phrase("`pltui reconcile` creates it"))
    call, identity = lab.client.without_guard().call, found[fault.subject]
    try:
        if fault.kind == STOP:
            await call("ec2", "StopInstances", InstanceIds=[identity])
        else:
            group = (await call("ec2", "DescribeSecurityGroups", GroupIds=[identity]))["SecurityGroups"][0]
            if rules := group["IpPermissions"]:
                await call("ec2", "RevokeSecurityGroupIngress", GroupId=identity, IpPermissions=rules)
    except CloudError as error:
        raise as_lab_error(error) from error


async def clear_faults(lab: LabContext, faults: Iterable[LabFault]) -> None:
    """Clear those of `faults` that are faults of the sandbox itself. Raises as `inject_fault`."""
    from pltui.sandbox.status import ask

    sandbox = _require_sandbox(lab)
    for fault in faults:
        if fault.sandbox_id:
            await ask(sandbox.clear_faults, fault.sandbox_id)


def desired_after_clearing(all_desired: Iterable[Desired], faults: Iterable[LabFault]) -> tuple[Desired, ...]:
    """Return the desired resources that undo faults made through the API, with only the affected fields."""
    broken = {each.subject: each.kind for each in faults if each.by_api}
    fields = {STOP: "running", CLOSE: "ingress"}
    return tuple(
        Desired(desired.address, desired.kind, {fields[kind]: desired.spec[fields[kind]]}, desired.name)
        for desired in all_desired
        if (kind := broken.get(desired.address))
    )


def _require_sandbox(lab: LabContext) -> Sandbox:
    if lab.settings.on_aws:
        raise Refused(
            Phrase("faults are available on the sandbox only"),
            Phrase("leave out --target aws"),
        )
    if lab.settings.read_only:
        raise Refused(Phrase("--read-only does not allow faults to be injected or cleared"))
    if lab.sandbox is None:
        raise Refused(
            Phrase("the endpoint of --endpoint-url does not support faults"), Phrase("leave out --endpoint-url")
        )
    return lab.sandbox
