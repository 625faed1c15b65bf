"""The lab a spec declares, with every default filled in. Created by `pltui.spec.load`; all values are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account and the profile with its credentials."""

    id: str | None = None  # twelve digits
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC with one public and one private subnet per zone."""

    cidr: str = "10.0.0.0/16"
    zones: int | tuple[str, ...] = 3  # their number, names or ids
    nat: Literal["single", "per_zone", "none"] = "single"

    @property
    def zone_count(self) -> int:
        """Number of zones."""
        return self.zones if isinstance(self.zones, int) else len(self.zones)


@dataclass(frozen=True, slots=True)
class Servers:
    """The web servers behind the load balancer."""

    count: int = 3
    instance_type: str | tuple[str, ...] = "t3.micro"  # one, or several in order of preference
    port: int = 80
    greeting: str = "Hello from Provider VPC on Subnet {subnet}"

    @property
    def instance_types(self) -> tuple[str, ...]:
        """Instance types in order of preference."""
        return (self.instance_type,) if isinstance(self.instance_type, str) else self.instance_type


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Health check of the target group."""

    protocol: Literal["TCP", "HTTP"] = "TCP"
    port: int = 80
    interval: int = 30  # seconds
    timeout: int = 10  # seconds
    healthy_threshold: int = 3
    unhealthy_threshold: int = 3


def longest_timeout(protocol: str, interval: int) -> int:
    """Return the longest allowed timeout of health checks, in seconds.

    ELB rejects another with "must be smaller than or equal to the interval", for HTTP with "must be smaller than the
    interval" (aws/aws-cdk issue 16446; hashicorp/terraform-provider-aws issue 2366).
    """
    return interval - 1 if protocol == "HTTP" else interval


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """The internal network load balancer."""

    name: str
    cross_zone: bool
    subnets: tuple[int, ...]  # 1-based indices of private subnets; "all" is already expanded
    health_check: HealthCheck


@dataclass(frozen=True, slots=True)
class EndpointService:
    """The provider's endpoint service."""

    acceptance_required: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider's side of the lab."""

    account: Account
    vpc: Vpc
    servers: Servers
    load_balancer: LoadBalancer
    endpoint_service: EndpointService


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A consumer's interface endpoint; `subnets` are 1-based indices of private subnets."""

    subnets: tuple[int, ...]
    ingress: Literal["private_subnets"] | tuple[str, ...]  # or CIDR blocks


@dataclass(frozen=True, slots=True)
class Dns:
    """The private hosted zone and the record that points at the endpoint."""

    zone: str  # without a trailing dot
    record: str  # the label below the zone

    @property
    def name(self) -> str:
        """Full domain name of the record."""
        return f"{self.record}.{self.zone}"


@dataclass(frozen=True, slots=True)
class Client:
    """A consumer's client machine."""

    instance_type: str | tuple[str, ...]  # one, or several in order of preference
    subnet: int | None  # None: the first, or another one if AWS has no capacity there
    access: Literal["nat", "endpoints"]  # its route to Session Manager

    @property
    def instance_types(self) -> tuple[str, ...]:
        """Instance types in order of preference."""
        return (self.instance_type,) if isinstance(self.instance_type, str) else self.instance_type


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer's side of the lab."""

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
    """Settings of the requests sent by clients."""

    path: str
    interval: float  # seconds
    timeout: float  # seconds
    subnet_pattern: str  # one group: the number of the answering subnet


@dataclass(frozen=True, slots=True)
class Experiment:
    """A setting of the switch, and the subnets expected to answer."""

    name: str
    cross_zone: bool
    answered_by: Mapping[str, tuple[int, ...]]  # consumer -> subnets, for every consumer of the lab


@dataclass(frozen=True, slots=True)
class Spec:
    """A lab."""

    name: str
    region: str | None  # None: from --region or the environment
    provider: Provider
    consumers: Mapping[str, Consumer]  # in the order of the file, at least one
    probe: Probe
    experiments: tuple[Experiment, ...]
