"""The provider: web servers, load balancer, endpoint service."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pltui.engine.model import Desired, Ref
from pltui.spec.model import Provider, Spec
from pltui.topology import naming
from pltui.topology.network import private_cidrs, security_group
from pltui.topology.region import Zone
from pltui.topology.shapes import instance, named_resource, part

LISTENER_PORT = 80
LOAD_BALANCER = "provider/load-balancer"
SERVICE = "provider/endpoint-service"
TARGET_GROUP = "provider/target-group"
SERVERS_GROUP = "provider/service-security-group"


def servers(provider: Provider, zones: Sequence[Zone]) -> Iterator[Desired]:
    """Yield the web servers and their security group; servers beyond the zones wrap around."""
    servers = provider.servers
    ports = {servers.port, provider.load_balancer.health_check.port}
    admitted = frozenset(f"tcp/{port} from {cidr}" for port in ports for cidr in private_cidrs(provider.vpc))
    yield security_group(
        SERVERS_GROUP,
        "provider-service-sg",
        "Web servers: from the subnets of the load balancer",
        "provider/vpc",
        admitted,
    )
    for n in range(1, servers.count + 1):
        subnet = (n - 1) % len(zones) + 1
        script = web_server(servers.greeting.format(subnet=subnet), servers.port)
        yield instance(
            f"provider/server-{n}",
            f"provider-service-{n}",
            instance_types=servers.instance_types,
            subnets={f"provider/private-subnet-{subnet}": zones[subnet - 1].name},
            group=SERVERS_GROUP,
            user_data=script,
        )


# Nothing is installed, so a server needs no internet access. The system's Python is part of every AL2023 image, because
# dnf and cloud-init use it (AL2023 user guide, "Python in AL2023"). AmbientCapabilities lets an unprivileged user
# listen below port 1024 (systemd.exec(5)).
_WEB_SERVER = """\
#!/bin/bash
mkdir -p /var/www/html
echo {greeting} > /var/www/html/index.html
cat > /etc/systemd/system/pltui-web.service <<'END'
[Unit]
Description=Web server of a pltui lab

[Service]
ExecStart=/usr/bin/python3 -m http.server {port} --directory /var/www/html
DynamicUser=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE
Restart=always

[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable --now pltui-web
"""


def web_server(greeting: str, port: int) -> str:
    """Return user data that serves `greeting` at `/` on `port`, also after a reboot."""
    return _WEB_SERVER.format(greeting=shlex.quote(greeting), port=port)


def load_balancer(spec: Spec) -> Iterator[Desired]:
    """Yield the load balancer with its target group, listener, registrations and endpoint service."""
    provider = spec.provider
    balancer = provider.load_balancer
    subnets = frozenset(Ref(f"provider/private-subnet-{n}") for n in balancer.subnets)
    yield Desired(
        LOAD_BALANCER,
        "load_balancer",
        {
            "name": balancer.name,
            "type": "network",
            "scheme": "internal",
            "subnets": subnets,
            "cross_zone": balancer.cross_zone,
            "deletion_protection": False,
            "name_tag": balancer.name,
            "lab": spec.name,
        },
        balancer.name,
    )
    yield _target_group(spec)
    yield Desired(
        naming.listener(LOAD_BALANCER),
        "listener",
        {
            "load_balancer": Ref(LOAD_BALANCER),
            "protocol": "TCP",
            "port": LISTENER_PORT,
            "target_group": Ref(TARGET_GROUP),
        },
        f"{balancer.name}-tcp-{LISTENER_PORT}",
    )
    yield from _registrations(provider, TARGET_GROUP)
    yield named_resource(
        SERVICE,
        "endpoint_service",
        "provider-endpoint-service",
        # The creation is rejected before the load balancer is active.
        after=(LOAD_BALANCER,),
        load_balancers=frozenset({Ref(LOAD_BALANCER)}),
        acceptance_required=provider.endpoint_service.acceptance_required,
    )


def _target_group(spec: Spec) -> Desired:
    provider, check = spec.provider, spec.provider.load_balancer.health_check
    return Desired(
        TARGET_GROUP,
        "target_group",
        {
            "name": naming.unique(spec.name, "provider", 32),
            "protocol": "TCP",
            "port": provider.servers.port,
            "vpc": Ref("provider/vpc"),
            "target_type": "instance",
            "health_protocol": check.protocol,
            "health_port": str(check.port),
            "health_interval": check.interval,
            "health_timeout": check.timeout,
            "healthy_threshold": check.healthy_threshold,
            "unhealthy_threshold": check.unhealthy_threshold,
            "cross_zone": "use_load_balancer_configuration",
            "stickiness": "false",
            "proxy_protocol": "false",
            "name_tag": "provider-target-group",
            "lab": spec.name,
        },
        "provider-target-group",
    )


def _registrations(provider: Provider, group: str) -> Iterator[Desired]:
    for n in range(1, provider.servers.count + 1):
        server = f"provider/server-{n}"
        subnet = (n - 1) % provider.vpc.zone_count + 1
        yield part(
            naming.target(server),
            "target_registration",
            after=(server,),
            works_with=(server, SERVERS_GROUP, LOAD_BALANCER, naming.listener(LOAD_BALANCER)),
            group=Ref(group),
            instance=Ref(server),
            port=provider.servers.port,
            served=subnet in provider.load_balancer.subnets,
        )


def with_switch(all_desired: Sequence[Desired], on: bool | None) -> tuple[Desired, ...]:
    """Return the desired resources with the cross-zone switch at `on`; unchanged if that is None."""
    if on is None:
        return tuple(all_desired)
    return tuple(
        replace(one, spec={**one.spec, "cross_zone": on}) if one.address == LOAD_BALANCER else one
        for one in all_desired
    )
