"""The API's whole state as JSON, and back: moto's objects, the agendas and the corrections' data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pltui.emulator.api.object_graph import GraphError, GraphReader, Writer, damaged
from pltui.emulator.api.overlay import (
    ApiContext,
    AreaData,
    DeferredAction,
    DeferredActions,
    action_name,
    find_action,
)
from pltui.emulator.moto_adapter import services
from pltui.emulator.moto_adapter.values import Node, Saved

SERVICES = frozenset(
    {
        *("acm", "autoscaling", "cloudwatch", "dynamodb", "ec2", "elb", "elbv2", "events", "iam", "kms", "logs", "ram"),
        *("resourcegroupstaggingapi", "route53", "route53resolver", "secretsmanager", "servicediscovery", "sns"),
        *("sqs", "ssm", "sts", "vpc-lattice"),
    }
)
"""Services whose state is plain data, by moto's names: all of a lab's. Others have files, threads or containers."""

MOST_ACTIONS = 20_000
"""Maximum number of future actions in a saved state; the largest lab has about 3,000 resources."""

_OURS = "pltui.emulator.api"
# Actions under the names that earlier versions saved.
_RENAMED = {
    f"{_OURS}.endpoint_services:_connected": f"{_OURS}.endpoint_services:_finish_connecting",
    f"{_OURS}.endpoint_services:_known": f"{_OURS}.endpoint_services:_end_newness",
    f"{_OURS}.peerings:_requested": f"{_OURS}.peerings:_settle_request",
    f"{_OURS}.targets:_drained": f"{_OURS}.targets:_end_draining",
}
_MODULES = frozenset({"core", "utilities", *(name.replace("-", "") for name in SERVICES)})


def save(lab: ApiContext) -> Node:
    """The state as JSON; `services` and `left_out` name the services that are in it and those that are not.

    Raises:
        GraphError: If a part cannot be saved.
    """
    from pltui.emulator.api.tables import without_own

    with lab.lock:
        lab.settle()
        registries = {each.service_name: each for each in services.registries()}
        saved = sorted(SERVICES & registries.keys())
        rows = [row for name in saved for row in _rows(name, registries[name])]
        known = {id(value): name for name, value in _shared_objects(lab, saved).items()}
        writer = Writer(_is_savable, known, without_own(backend for *_, backend in rows))
        return {
            "services": saved,
            "left_out": sorted(registries.keys() - SERVICES - {"moto_api"}),
            "backends": writer.write([list(row) for row in rows]),
            "agenda": _agenda(writer, lab.agenda),
            "retention": _agenda(writer, lab.retention),
            "memory": writer.write(lab.memory),
            "nodes": writer.nodes,
        }


def load(lab: ApiContext, document: Node) -> None:
    """Replace the state by a saved one.

    Raises:
        GraphError: If the document is invalid, in any way; the present state is then unchanged.
    """
    with lab.lock:
        try:
            state = _read(lab, document)
        except GraphError:
            raise
        except Exception as error:  # a file by other people may be wrong in any way
            raise damaged(error) from error
        before = _State.of(lab)
        try:
            state.install(lab)
        except Exception as error:
            before.install(lab)
            raise damaged(error) from error


@dataclass(frozen=True, slots=True)
class _State:
    """The contents of the API: rows of service, account, region and backend; agenda and retention; memory."""

    backends: list[tuple[str, str, str, object]]
    agenda: list[DeferredAction]
    retention: list[DeferredAction]
    memory: AreaData

    @classmethod
    def of(cls, lab: ApiContext) -> _State:
        """The present contents."""
        rows = [row for each in services.registries() for row in _rows(each.service_name, each)]
        return cls(rows, lab.agenda.entries(), lab.retention.entries(), lab.memory)

    def install(self, lab: ApiContext) -> None:
        """Replace the present contents. May raise any exception for contents of a file."""
        reset(lab)
        for service, account, region, backend in self.backends:
            dict.__setitem__(services.registry_of(service)[account], region, backend)
        lab.memory.update(self.memory)
        lab.agenda.replace(self.agenda)
        lab.retention.replace(self.retention)


def _read(lab: ApiContext, document: Node) -> _State:
    """The saved contents. Raises any exception if the document is invalid."""
    if not SERVICES.issuperset(document["services"]):
        raise GraphError("it holds a service that is not saved")
    if len(document["agenda"]) + len(document["retention"]) > MOST_ACTIONS:
        raise GraphError(f"more than {MOST_ACTIONS} things are to happen in it")
    reader = GraphReader(_is_savable, _shared_objects(lab, document["services"]), document["nodes"])
    rows = [tuple(row) for row in reader.read(document["backends"])]
    registries = {name: services.registry_of(name) for name in document["services"]}
    for name, account, region, backend in rows:
        if not (isinstance(account, str) and isinstance(region, str) and isinstance(backend, registries[name].backend)):
            raise GraphError("it holds something that is no service's")
    agenda, retention = (_entries(reader, document[name]) for name in ("agenda", "retention"))
    memory = reader.read(document["memory"])
    if not all(name in AreaData.__annotations__ and type(part) is dict for name, part in memory.items()):
        raise GraphError("its memory is not that of the corrections")
    return _State(rows, agenda, retention, memory)


def reset(lab: ApiContext) -> None:
    """Remove the state of all services."""
    with lab.lock:
        services.remove_everything()
        lab.reinstall()


def _rows(name: str, registry: services.BackendRegistry) -> list[tuple[str, str, str, object]]:
    return [(name, *row) for row in registry.iter_backends()]


def _shared_objects(lab: ApiContext, names: list[str]) -> dict[str, object]:
    """The objects that exist on both sides and are thus not part of the state, by name."""
    known: dict[str, object] = {"lab": lab, "clock": lab.clock, "health": lab.health, "faults": lab.faults}
    return known | {f"backends:{service}": services.registry_of(service) for service in names}


def _is_savable(module: str) -> bool:
    if module.startswith("moto."):
        return module.split(".")[1] in _MODULES
    return module.startswith(f"{_OURS}.")


def _agenda(writer: Writer, agenda: DeferredActions) -> list[list[object]]:
    return [
        [each.due, each.since, each.seconds, _name(each.action), *map(writer.write, (each.subject, each.args))]
        for each in agenda.entries()
    ]


def _entries(reader: GraphReader, rows: list[list[Saved]]) -> list[DeferredAction]:
    """The saved actions.

    Raises:
        TypeError: If a subject is not hashable.
    """
    entries = [
        DeferredAction(
            due=float(due),
            order=0,
            since=float(since),
            seconds=float(seconds),
            subject=reader.read(subject),
            action=_action(name),
            args=tuple(reader.read(args)),
        )
        for due, since, seconds, name, subject, args in rows
    ]
    frozenset(each.subject for each in entries)  # raises now, before the present state is removed
    return entries


def _name(action: Callable[..., object]) -> str:
    """The name of an action.

    Raises:
        GraphError: Unless it is marked by `deferrable`.
    """
    name = action_name(action)
    if find_action(name) is not action:
        raise GraphError(f"what is to happen by {name.replace(':', '.')} cannot be saved")
    return name


def _action(name: str) -> Callable[..., object]:
    found = find_action(_RENAMED.get(name, name))
    if found is None:
        raise GraphError(f"{name[:80]!r} is nothing that happens")
    return found
