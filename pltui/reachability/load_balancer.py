"""Load balancers of the network model: nodes, listeners, target groups and their health checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TypeAlias

_NOT_TCP = frozenset({"UDP", "QUIC"})

# (target group's ARN, target's id, target's port) -> the state that DescribeTargetHealth shows.
Health: TypeAlias = Mapping[tuple[str, str, int], str]


@dataclass(frozen=True, slots=True)
class Node:
    """A load balancer's presence in one zone."""

    zone_id: str
    zone_name: str
    subnet: str
    address: IPv4Address | None  # None if the API does not show the node's interface


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener with the target group of its default action."""

    port: int
    protocol: str
    target_group: str | None
    idle_timeout: float = 350  # AWS seconds without a byte, after which a connection is dropped


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A network load balancer."""

    arn: str
    name: str
    dns_name: str  # lower case, no trailing dot
    vpc: str
    state: str  # "provisioning", "active", …
    cross_zone: bool
    nodes: tuple[Node, ...]
    listeners: tuple[Listener, ...] = ()
    groups: tuple[str, ...] = ()
    enforce_on_privatelink: bool = True  # True if `groups` apply to traffic by PrivateLink too

    def node(self, zone_id: str) -> Node | None:
        """The node in a zone; None if the zone is not enabled."""
        return next((node for node in self.nodes if node.zone_id == zone_id), None)

    def listener(self, port: int) -> Listener | None:
        """The listener for TCP connections to `port`."""
        return next((each for each in self.listeners if each.port == port and each.protocol not in _NOT_TCP), None)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Settings of a target group's health checks, with AWS's defaults."""

    protocol: str = "TCP"  # or "HTTP"
    port: int | None = None  # None: the port of the target
    path: str = "/"
    matcher: str = "200-399"
    interval: float = 30  # AWS seconds, like the timeout
    timeout: float = 10
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2


@dataclass(frozen=True, slots=True)
class Target:
    """A registered target."""

    id: str  # an instance id, or an address
    port: int
    draining: bool = False
    everywhere: bool = False  # registered for zone "all", like addresses outside the VPC: each node may use it


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group with its attributes."""

    arn: str
    name: str
    vpc: str
    cross_zone: bool | None  # None: the load balancer's setting applies
    targets: tuple[Target, ...] = ()
    check: HealthCheck = HealthCheck()
    preserve_client_ip: bool = True
    sticky: bool = False  # by source address
    proxy_protocol: bool = False  # version 2, before the first byte of each connection, health checks included
    terminate_on_deregistration: bool = False  # at the end of the delay; otherwise established connections continue
    terminate_unhealthy: bool = True  # connections to a target that becomes unhealthy are ended
    dns_minimum: int = 1  # minimum of healthy targets for a zone to be in the load balancer's name
    routing_minimum: int = 1  # minimum of healthy targets for a node to use only these
