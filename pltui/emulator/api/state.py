"""The API's whole state as JSON, and back: moto's objects, the agendas and the corrections' data."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import FunctionType

from pltui.emulator.api.object_graph import DAMAGE, GraphError, GraphReader, Writer
from pltui.emulator.api.overlay import ApiContext, DeferredAction, DeferredActions
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

_OURS = "pltui.emulator.api"
# Modules that are no areas: their functions may not be actions of an agenda.
_NO_AREAS = frozenset({f"{_OURS}.{name}" for name in ("app", "graph", "loading", "overlay", "server", "state")})
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
        GraphError: If the document is invalid; the present state is then unchanged.
    """
    with lab.lock:
        if not SERVICES.issuperset(document["services"]):
            raise GraphError("it holds a service that is not saved")
        try:
            reader = GraphReader(_is_savable, _shared_objects(lab, document["services"]), document["nodes"])
            backends, memory = reader.read(document["backends"]), reader.read(document["memory"])
            entries = [_entries(reader, document[name]) for name in ("agenda", "retention")]
            registries = {name: services.registry_of(name) for name in document["services"]}
            if not all(isinstance(backend, registries[name].backend) for name, _, _, backend in backends):
                raise GraphError("it holds something that is no service's")
            dict(memory)  # raises now, before the present state is removed
        except DAMAGE as error:
            raise GraphError(f"it is damaged: {type(error).__name__} {error}") from error
        reset(lab)
        for service, account, region, backend in backends:
            dict.__setitem__(registries[service][account], region, backend)
        lab.memory.update(memory)
        lab.agenda.replace(entries[0])
        lab.retention.replace(entries[1])


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
        GraphError: Unless it is a module-level function of an area.
    """
    module, name = getattr(action, "__module__", ""), getattr(action, "__qualname__", "")
    if not _is_area(module) or not name.isidentifier():
        raise GraphError(f"what is to happen by {module}.{name} cannot be saved")
    return f"{module}:{name}"


def _action(text: str) -> Callable[..., object]:
    module, _, name = _RENAMED.get(text, text).partition(":")
    found = vars(importlib.import_module(module)).get(name) if _is_area(module) else None
    if not isinstance(found, FunctionType) or found.__module__ != module:
        raise GraphError(f"{text[:80]!r} is nothing that happens")
    return found


def _is_area(module: str) -> bool:
    return module.startswith(f"{_OURS}.") and module not in _NO_AREAS
