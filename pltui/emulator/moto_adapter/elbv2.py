"""Elastic Load Balancing's objects in moto, with the attributes in use; and their private members."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from pltui.emulator.moto_adapter.values import Structure, private

if TYPE_CHECKING:
    from pltui.emulator.moto_adapter.ec2 import MotoSubnet
    from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend


class MotoAction(Protocol):
    """An action of a listener or a rule."""

    data: Structure


class MotoRule(Protocol):
    """A rule of a listener."""

    actions: Sequence[MotoAction]


class MotoListener(Protocol):
    """A listener."""

    arn: str
    load_balancer_arn: str
    protocol: str
    port: int | str
    ssl_policy: str | None
    certificate: str | None
    alpn_policy: list[str] | None
    default_actions: Sequence[MotoAction]
    rules: Mapping[str, MotoRule]


class MotoLoadBalancer(Protocol):
    """A load balancer."""

    arn: str
    name: str
    type: str
    scheme: str
    state: str
    vpc_id: str
    dns_name: str
    canonical_hosted_zone_id: str
    subnets: Sequence[MotoSubnet]
    security_groups: list[str] | None
    listeners: Mapping[str, MotoListener]
    attrs: dict[str, str]

    # Added by pltui:
    asked: tuple[object, ...]
    failure: str
    interface_ids: list[str]
    static_addresses: Mapping[str, str]

    @property
    def availability_zones(self) -> Sequence[object]:
        """The zones, with the addresses that were requested."""


class MotoTargetGroup(Protocol):
    """A target group."""

    ec2_backend: Ec2Backend
    account_id: str
    region_name: str
    arn: str
    name: str
    vpc_id: str
    protocol: str
    port: int | str | None
    target_type: str
    targets: dict[tuple[str, int], Structure]
    attributes: dict[str, str]
    load_balancer_arns: list[str]
    health_check_enabled: bool
    health_check_protocol: str
    health_check_port: str
    health_check_interval_seconds: int | str | None
    health_check_timeout_seconds: int | str | None

    # Added by pltui:
    asked: Structure
    registered_at: dict[tuple[str, int], float]
    draining: dict[tuple[str, int], Structure]

    def deregister(self, targets: list[Structure]) -> None:
        """Deregister targets."""

    def health_for(self, target: Structure, ec2_backend: Ec2Backend) -> object:
        """The health of a target."""


class TaggingService(Protocol):
    """The tags of a service's resources."""

    def tag_resource(self, arn: str, tags: list[dict[str, str]] | None) -> None:
        """Add tags, each with `Key` and `Value`."""

    def delete_all_tags_for_resource(self, arn: str) -> None:
        """Remove the tags of a deleted resource."""


class ElbBackend(Protocol):
    """Elastic Load Balancing in an account and region."""

    account_id: str
    region_name: str
    load_balancers: dict[str, MotoLoadBalancer]
    target_groups: dict[str, MotoTargetGroup]
    tagging_service: TaggingService

    @property
    def ec2_backend(self) -> Ec2Backend:
        """EC2 in the same account and region."""

    describe_listeners: Callable[[str | None, list[str]], Sequence[MotoListener]]


# -- private members -------------------------------------------------------------------------------------------------


def check_port_and_protocol(backend: ElbBackend, balancer_type: str, port: int | str, protocol: str) -> None:
    """Raise unless a load balancer of this type may have such a listener."""
    private(backend)._validate_port_and_protocol(balancer_type, port, protocol)


def check_exists(backend: ElbBackend, arn: str) -> None:
    """Raise the NotFound error of the resource's type unless it exists."""
    private(backend)._get_resource_by_arn(arn)
