"""Programs of the machines: the web servers that run, by user data and state of the machines."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from pltui.emulator.network.fabric import Port
from pltui.emulator.network.webserver import WebServer
from pltui.emulator.user_data.interpretation import Boot, interpret
from pltui.emulator.user_data.site import Site
from pltui.reachability.world import Instance, NetworkModel

log = logging.getLogger(__name__)

_interpret = lru_cache(maxsize=1024)(interpret)


class Machines:
    """The running web servers, in `servers`. One keeps its connections as long as its site does not change.

    `problems` has the reason why a machine serves nothing, by its id, if its user data cannot be interpreted.
    """

    def __init__(self) -> None:
        self.servers: Mapping[Port, WebServer] = {}
        self.problems: Mapping[str, str] = {}

    def follow(self, world: NetworkModel, boots: Mapping[str, Boot]) -> NetworkModel:
        """Start and stop servers according to `world`; return `world` with the ports that each machine listens on.

        `boots` is the result of `boot_all`.
        """
        self._note_problems({instance_id: boot.problem for instance_id, boot in boots.items() if boot.problem})
        down = {fault.subject for fault in world.faults if fault.kind == "server"}
        wanted = {
            (instance.id, site.port): site
            for instance in world.instances.values()
            if instance.running and instance.id not in down
            for site in boots[instance.id].sites
        }
        self.servers = {port: self._server(port, site) for port, site in wanted.items()}
        ports = {instance_id: frozenset[int]() for instance_id in world.instances}
        for instance_id, port in wanted:
            ports[instance_id] |= {port}
        return replace(
            world, instances={each.id: replace(each, ports=ports[each.id]) for each in world.instances.values()}
        )

    def _server(self, port: Port, site: Site) -> WebServer:
        server = self.servers.get(port)
        return server if server is not None and server.site == site else WebServer(site)

    def _note_problems(self, problems: Mapping[str, str]) -> None:
        for instance_id in sorted(problems.keys() - self.problems.keys()):
            log.warning(
                "%s serves nothing: its user data cannot be interpreted: %s", instance_id, problems[instance_id]
            )
        self.problems = problems


def boot_all(world: NetworkModel) -> Mapping[str, Boot]:
    """Interpret the user data of every machine, by its id. Each may take a tenth of a second: call it in a thread."""
    return {instance.id: _boot(instance, world) for instance in world.instances.values()}


def _boot(instance: Instance, world: NetworkModel) -> Boot:
    """Interpret a machine's user data, with the values of the instance metadata service filled in."""
    subnet = world.subnets.get(instance.subnet)
    facts = {
        "instance-id": instance.id,
        "local-ipv4": str(instance.address),
        "local-hostname": instance.dns_name,
        "hostname": instance.dns_name,
    }
    if subnet is not None:
        facts["placement/availability-zone"] = subnet.zone_name
        facts["placement/availability-zone-id"] = subnet.zone_id
    return _interpret(instance.user_data, tuple(facts.items()))
