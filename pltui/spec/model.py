"""The lab a spec declares, with every default filled in. Made by `pltui.spec.load`; all values are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Account:
    id: str | None = None  # twelve digits
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Vpc:
    cidr: str = "10.0.0.0/16"
    zones: int | tuple[str, ...] = 3  # how many, or their names, or their ids
    nat: Literal["single", "per_zone", "none"] = "single"

    @property
    def zone_count(self) -> int:
        return self.zones if isinstance(self.zones, int) else len(self.zones)


@dataclass(frozen=True, slots=True)
class Servers:
    count: int = 3
    instance_type: str | tuple[str, ...] = "t3.micro"  # one, or several in order of preference
    port: int = 80
    greeting: str = "Hello from Provider VPC on Subnet {subnet}"

    @property
    def instance_types(self) -> tuple[str, ...]:
        return (self.instance_type,) if isinstance(self.instance_type, str) else self.instance_type


@dataclass(frozen=True, slots=True)
class HealthCheck:
    protocol: Literal["TCP", "HTTP"] = "TCP"
    port: int = 80
    interval: int = 30  # seconds
    timeout: int = 10  # seconds
    healthy_threshold: int = 3
    unhealthy_threshold: int = 3


def longest_timeout(protocol: str, interval: int) -> int:
    """The longest timeout of health checks, in seconds.

    ELB rejects another with "must be smaller than or equal to the interval", for HTTP with "must be smaller than the
    interval" (aws/aws-cdk issue 16446; hashicorp/terraform-provider-aws issue 2366).
    """
    return interval - 1 if protocol == "HTTP" else interval


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    name: str
    cross_zone: bool
    subnets: tuple[int, ...]  # 1-based indices of private subnets; "all" is already spelled out
    health_check: HealthCheck


@dataclass(frozen=True, slots=True)
class EndpointService:
    acceptance_required: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    account: Account
    vpc: Vpc
    servers: Servers
    load_balancer: LoadBalancer
    endpoint_service: EndpointService


@dataclass(frozen=True, slots=True)
class Endpoint:
    subnets: tuple[int, ...]
    ingress: Literal["private_subnets"] | tuple[str, ...]  # or CIDR blocks


@dataclass(frozen=True, slots=True)
class Dns:
    zone: str  # without a trailing dot
    record: str  # the label below the zone

    @property
    def name(self) -> str:
        return f"{self.record}.{self.zone}"


@dataclass(frozen=True, slots=True)
class Client:
    instance_type: str | tuple[str, ...]  # one, or several in order of preference
    subnet: int | None  # None: the first, or another one where AWS has no capacity for it
    access: Literal["nat", "endpoints"]  # how it reaches Session Manager

    @property
    def instance_types(self) -> tuple[str, ...]:
        return (self.instance_type,) if isinstance(self.instance_type, str) else self.instance_type


@dataclass(frozen=True, slots=True)
class Consumer:
    name: str
    account: Account
    vpc: Vpc
    endpoint: Endpoint
    dns: Dns
    client: Client

    @property
    def client_subnets(self) -> tuple[int, ...]:
        """The private subnets the client may be in, in order of preference."""
        if self.client.subnet is not None:
            return (self.client.subnet,)
        # From another subnet, an endpoint that admits certain addresses might not answer.
        return tuple(range(1, self.vpc.zone_count + 1)) if self.endpoint.ingress == "private_subnets" else (1,)


@dataclass(frozen=True, slots=True)
class Probe:
    path: str
    interval: float  # seconds
    timeout: float  # seconds
    subnet_pattern: str  # one group: the number of the answering subnet


@dataclass(frozen=True, slots=True)
class Experiment:
    name: str
    cross_zone: bool
    answered_by: Mapping[str, tuple[int, ...]]  # consumer -> subnets, for every consumer of the lab


@dataclass(frozen=True, slots=True)
class Spec:
    name: str
    region: str | None  # None: from --region or the environment
    provider: Provider
    consumers: Mapping[str, Consumer]  # in the order of the file, at least one
    probe: Probe
    experiments: tuple[Experiment, ...]
