"""Programs of the machines: the web servers that run, by user data and state of the machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from pltui.emulator.network.fabric import Port
from pltui.emulator.network.webserver import WebServer
from pltui.emulator.user_data.interpretation import sites
from pltui.emulator.user_data.site import Site
from pltui.reachability.world import Instance, NetworkModel

_read = lru_cache(maxsize=1024)(sites)


class Machines:
    """The running web servers, in `servers`. One keeps its connections as long as its site does not change."""

    def __init__(self) -> None:
        self.servers: Mapping[Port, WebServer] = {}

    def follow(self, world: NetworkModel) -> NetworkModel:
        """Start and stop servers according to `world`; return `world` with the ports that each machine listens on."""
        down = {fault.subject for fault in world.faults if fault.kind == "server"}
        wanted = {
            (instance.id, site.port): site
            for instance in world.instances.values()
            if instance.running and instance.id not in down
            for site in sites_of(instance, world)
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


def sites_of(instance: Instance, world: NetworkModel) -> tuple[Site, ...]:
    """The sites that the machine's user data sets up, with values of the instance metadata service filled in."""
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
    return _read(instance.user_data, tuple(facts.items()))
