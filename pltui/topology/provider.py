"""The provider: web servers, load balancer, endpoint service."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from pltui import naming
from pltui.engine.types import Ref, Want
from pltui.spec.model import Provider, Spec
from pltui.topology.network import private_cidrs, security_group
from pltui.topology.shapes import instance, named, part

LISTENER_PORT = 80
LOAD_BALANCER = "provider/load-balancer"
SERVICE = "provider/endpoint-service"


def servers(provider: Provider) -> Iterator[Want]:
    servers, group = provider.servers, "provider/service-security-group"
    ports = {servers.port, provider.load_balancer.health_check.port}
    admitted = frozenset(f"tcp/{port} from {cidr}" for port in ports for cidr in private_cidrs(provider.vpc))
    yield security_group(
        group, "provider-service-sg", "Web servers: from the subnets of the load balancer", "provider/vpc", admitted
    )
    for n in range(1, servers.count + 1):
        subnet = (n - 1) % provider.vpc.zone_count + 1
        script = _web_server(servers.greeting.format(subnet=subnet), servers.port)
        yield instance(
            f"provider/server-{n}",
            f"provider-service-{n}",
            instance_type=servers.instance_type,
            subnet=f"provider/private-subnet-{subnet}",
            group=group,
            user_data=script,
        )


def _web_server(greeting: str, port: int) -> str:
    """Installing is tried until the way out is there: the machine may boot before its NAT gateway is available."""
    listen = f"sed -i 's/^Listen 80$/Listen {port}/' /etc/httpd/conf/httpd.conf\n" if port != LISTENER_PORT else ""
    return (
        "#!/bin/bash\n"
        "until dnf install -y httpd; do sleep 5; done\n"
        f"echo {shlex.quote(greeting)} > /var/www/html/index.html\n"
        f"{listen}"
        "systemctl enable --now httpd\n"
    )


def load_balancer(spec: Spec) -> Iterator[Want]:
    provider = spec.provider
    balancer, group, check = provider.load_balancer, "provider/target-group", provider.load_balancer.health_check
    subnets = frozenset(Ref(f"provider/private-subnet-{n}") for n in balancer.subnets)
    yield Want(
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
    yield Want(
        group,
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
    yield Want(
        naming.listener(LOAD_BALANCER),
        "listener",
        {
            "load_balancer": Ref(LOAD_BALANCER),
            "protocol": "TCP",
            "port": LISTENER_PORT,
            "target_group": Ref(group),
        },
        f"{balancer.name}-tcp-{LISTENER_PORT}",
    )
    yield from _registrations(provider, group)
    yield named(
        SERVICE,
        "endpoint_service",
        "provider-endpoint-service",
        # Refused before the load balancer is active.
        after=(LOAD_BALANCER,),
        load_balancers=frozenset({Ref(LOAD_BALANCER)}),
        acceptance_required=provider.endpoint_service.acceptance_required,
    )


def _registrations(provider: Provider, group: str) -> Iterator[Want]:
    for n in range(1, provider.servers.count + 1):
        server = f"provider/server-{n}"
        subnet = (n - 1) % provider.vpc.zone_count + 1
        yield part(
            naming.target(server),
            "target_registration",
            after=(server,),
            works_with=(LOAD_BALANCER, naming.listener(LOAD_BALANCER)),
            group=Ref(group),
            instance=Ref(server),
            port=provider.servers.port,
            served=subnet in provider.load_balancer.subnets,
        )
