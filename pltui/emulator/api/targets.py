"""Target groups: defaults, registration, draining, and the states of DescribeTargetHealth other than health checks."""

from moto.elbv2.exceptions import (
    DuplicateTargetGroupName,
    InvalidTargetError,
    TargetGroupNotFoundError,
    TargetNotRunning,
)
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup

from pltui.emulator.api.errors import elb_error
from pltui.emulator.api.listeners import balancers_of
from pltui.emulator.api.load_balancing_attributes import check_attributes, check_implemented
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.health_board import INITIAL, TargetHealth
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.elbv2 import ElbBackend, MotoTargetGroup
from pltui.emulator.moto_adapter.registries import elbv2_of
from pltui.emulator.moto_adapter.values import Moto, Structure

REGISTRATION = 60.0
"""AWS seconds for which a new target is being registered; 90 to 180 are seen, but a longer wait would show no more."""

DEREGISTERED_AFTER_TERMINATION = 300.0
"""AWS seconds until a terminated instance leaves its target groups."""

LIMITS = {
    "healthcheck_interval_seconds": ("HealthCheckIntervalSeconds", 5, 300),
    "healthcheck_timeout_seconds": ("HealthCheckTimeoutSeconds", 2, 120),
    "healthy_threshold_count": ("HealthyThresholdCount", 2, 10),
    "unhealthy_threshold_count": ("UnhealthyThresholdCount", 2, 10),
}
"""Allowed ranges of health check settings (elbv2 API reference, CreateTargetGroup)."""

OF_MODIFY = {
    "health_check_interval": "healthcheck_interval_seconds",
    "health_check_timeout": "healthcheck_timeout_seconds",
    "healthy_threshold_count": "healthy_threshold_count",
    "unhealthy_threshold_count": "unhealthy_threshold_count",
}
TIMEOUTS = {"HTTP": 6}
"""Default timeouts of a network load balancer's health checks in seconds, other than the usual 10 (Network Load
Balancers user guide, "Health check settings")."""

LAYER_4 = ("TCP", "UDP", "TCP_UDP", "TLS", "QUIC", "TCP_QUIC")

NOT_USED = TargetHealth(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
ZONE_NOT_ENABLED = TargetHealth(
    "unused", "Target.NotInUse", "Target is in an Availability Zone that is not enabled for the load balancer"
)
NOT_REGISTERED = TargetHealth("unused", "Target.NotRegistered", "Target is not registered to the target group")
REGISTERING = TargetHealth("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
DRAINING = TargetHealth("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
IP_UNUSABLE = TargetHealth("unused", "Target.IpUnusable", "The target IP address is in use by a load balancer")
UNCHECKED = TargetHealth("unavailable", "Target.HealthCheckDisabled", "Health checks are not enabled for this target")
TAKEN_FOR_HEALTHY = TargetHealth("healthy")
"""State for load balancers that the network does not support, and so has no health checks for."""

STOPPED = frozenset({"stopping", "stopped", "shutting-down", "terminated"})

Key = tuple[str, int]
"""Id and port of a target; one instance may be several targets (elbv2 API reference, TargetDescription)."""


def install(lab: ApiContext) -> None:
    """Install the corrections of target groups."""
    lab.around(FakeTargetGroup, __init__=begin, register=register, deregister=deregister, health_for=health_for)
    lab.around(ELBv2Backend, create_target_group, modify_target_group, modify_target_group_attributes)
    lab.around(ELBv2Backend, delete_target_group, describe_target_health, notify_terminate_instances)


def begin(_lab: ApiContext, moto: Moto, group: MotoTargetGroup, *args: object, **kwargs: object) -> None:
    """Initialise a group with AWS's default attributes."""
    moto(group, *args, **kwargs)
    group.registered_at, group.draining = {}, {}
    group.attributes["deregistration_delay.timeout_seconds"] = "300"
    for what in ("dns_failover", "unhealthy_state_routing"):
        group.attributes[f"target_group_health.{what}.minimum_healthy_targets.count"] = "1"
        group.attributes[f"target_group_health.{what}.minimum_healthy_targets.percentage"] = "off"
    if group.protocol in LAYER_4:
        del group.attributes["load_balancing.algorithm.type"]
        del group.attributes["slow_start.duration_seconds"]
        del group.attributes["waf.fail_open.enabled"]
        keep = group.target_type == "instance" or group.protocol in ("UDP", "TCP_UDP")
        group.attributes |= {
            "stickiness.type": "source_ip",
            "preserve_client_ip.enabled": "true" if keep else "false",
            "proxy_protocol_v2.enabled": "false",
            "deregistration_delay.connection_termination.enabled": "false",
            "target_health_state.unhealthy.connection_termination.enabled": "true",
            "target_health_state.unhealthy.draining_interval_seconds": "0",
        }


def create_target_group(_lab: ApiContext, moto: Moto, backend: ElbBackend, name: str, **more: object) -> object:
    """Create a group; an identical one is returned as it is.

    Raises:
        DuplicateTargetGroupName: If one with other settings has the name.
        ELBClientError: ValidationError or InvalidConfigurationRequest for invalid health checks.
    """
    settings: Structure = dict(more)
    for existing in backend.target_groups.values():
        if existing.name == name:
            if existing.asked == settings:
                return existing
            raise DuplicateTargetGroupName(
                f"A target group with the same name '{name}' exists, but with different settings"
            )
    asked = dict(settings)
    _check_health_checks(settings.get("healthcheck_protocol") or settings.get("protocol"), settings)
    if str(settings.get("healthcheck_enabled")).lower() == "false" and settings.get("target_type") != "lambda":
        raise elb_error(
            "InvalidConfigurationRequest",
            f"Health check enabled must be true for target groups with target type '{settings.get('target_type')}'",
        )
    if settings.get("protocol") in LAYER_4:
        protocol = settings.get("healthcheck_protocol") or "TCP"
        settings["healthcheck_timeout_seconds"] = settings.get("healthcheck_timeout_seconds") or TIMEOUTS.get(
            protocol, 10
        )
        interval = settings.get("healthcheck_interval_seconds") or 30
        _check_timeout(protocol, int(settings["healthcheck_timeout_seconds"]), int(interval))
    group = moto(backend, name or "", **settings)
    group.asked = asked
    return group


def _check_health_checks(protocol: str | None, settings: Structure) -> None:
    for setting, (parameter, first, last) in LIMITS.items():
        value = settings.get(setting)
        if value is not None and not first <= int(value) <= last:
            raise elb_error("ValidationError", f"{parameter} '{value}' must be between {first} and {last} inclusive")
    if settings.get("matcher") and protocol in (*LAYER_4, "GENEVE"):
        raise elb_error(
            "InvalidConfigurationRequest", f"Matcher is not supported for health checks of protocol '{protocol}'"
        )


def _check_timeout(protocol: str, timeout: int, interval: int) -> None:
    strict = protocol in ("HTTP", "HTTPS")
    if timeout > interval or (strict and timeout == interval):
        than = "smaller than" if strict else "smaller than or equal to"
        text = f"Health check timeout '{timeout}' must be {than} the interval '{interval}'"
        raise elb_error("ValidationError", text)


def modify_target_group(
    _lab: ApiContext, moto: Moto, backend: ElbBackend, arn: str, *args: object, **settings: object
) -> object:
    """Modify the health checks.

    Raises:
        TargetGroupNotFoundError: If there is no such group.
        ELBClientError: ValidationError or InvalidConfigurationRequest for invalid settings.
    """
    if arn not in backend.target_groups:
        raise TargetGroupNotFoundError()
    names = ("proto", "port", "path", "interval", "timeout")
    named: Structure = dict(zip((f"health_check_{name}" for name in names), args, strict=False))
    named |= dict(zip(("healthy_threshold_count", "unhealthy_threshold_count", "http_codes"), args[5:], strict=False))
    checked = {mine: value for theirs, mine in OF_MODIFY.items() if (value := named.get(theirs)) is not None}
    group = backend.target_groups[arn]
    protocol = named.get("health_check_proto") or group.health_check_protocol
    _check_health_checks(protocol, {**checked, "matcher": named.get("http_codes")})
    timeout = checked.get("healthcheck_timeout_seconds") or group.health_check_timeout_seconds
    interval = checked.get("healthcheck_interval_seconds") or group.health_check_interval_seconds
    if timeout and interval:  # health checks of a lambda may be off
        _check_timeout(protocol, int(timeout), int(interval))
    return moto(backend, arn, *args, **settings)


def modify_target_group_attributes(
    _lab: ApiContext, moto: Moto, backend: ElbBackend, target_group_arn: str, attributes: dict[str, str]
) -> object:
    """Modify attributes; reject keys and values that AWS does not know, or that the sandbox does not implement."""
    check_attributes("TargetGroupAttribute", "Target group", attributes)
    group = backend.target_groups.get(target_group_arn)
    if group and group.protocol in LAYER_4:
        check_implemented(attributes, {}, {*group.attributes, "stickiness.enabled"})
    return moto(backend, target_group_arn, attributes)


def delete_target_group(_lab: ApiContext, moto: Moto, backend: ElbBackend, target_group_arn: str) -> object:
    """Delete a group and its tags."""
    group = moto(backend, target_group_arn)
    backend.tagging_service.delete_all_tags_for_resource(target_group_arn)
    return group


def _key(group: MotoTargetGroup, target: Structure) -> Key:
    return target["Id"], int(target.get("Port") or group.port or 0)


def register(lab: ApiContext, _moto: Moto, group: MotoTargetGroup, targets: list[Structure]) -> None:
    """Register targets, again if they drain; instances must be running (elbv2 API reference, RegisterTargets).

    Raises:
        InvalidTargetError: If an instance does not exist in the group's VPC.
        TargetNotRunning: If an instance is stopped or terminated.
    """
    for target in targets:
        if group.target_type == "instance":
            instance = group.ec2_backend.get_instance_by_id(target["Id"])
            if instance is None or instance.vpc_id != group.vpc_id:
                raise InvalidTargetError()
            if instance.state not in ("running", "pending"):
                raise TargetNotRunning(instance_id=target["Id"])
    for target in targets:
        key = _key(group, target)
        if group.draining.pop(key, None):
            lab.agenda.cancel((group.arn, *key))
        if key not in group.targets:
            lab.health.forget(group.arn, *key)
            group.registered_at[key] = lab.clock.now()
        group.targets[key] = {**target, "Port": target.get("Port") or group.port}


def deregister(lab: ApiContext, _moto: Moto, group: MotoTargetGroup, targets: list[Structure]) -> None:
    """Deregister targets, which drain for the group's delay; unknown ones are ignored."""
    delay = float(group.attributes["deregistration_delay.timeout_seconds"])
    for target in targets:
        key = _key(group, target)
        registered = group.targets.pop(key, None)
        if registered is not None:
            group.draining[key] = registered
            lab.agenda.after(delay, (group.arn, *key), _end_draining, group, key)


@deferrable
def _end_draining(group: MotoTargetGroup, key: Key) -> None:
    group.draining.pop(key, None)


def notify_terminate_instances(lab: ApiContext, _moto: Moto, backend: ElbBackend, instance_ids: list[str]) -> None:
    """Deregister terminated instances after a while (NLB user guide, target groups)."""
    for group in list(backend.target_groups.values()):
        for key in [key for key in group.targets if key[0] in instance_ids]:
            target = {"Id": key[0], "Port": key[1]}
            lab.agenda.after(DEREGISTERED_AFTER_TERMINATION, (group.arn, *key), _deregister, group, target)


@deferrable
def _deregister(group: MotoTargetGroup, target: Structure) -> None:
    group.deregister([target])


def describe_target_health(
    _lab: ApiContext, moto: Moto, backend: ElbBackend, target_group_arn: str, targets: list[Structure]
) -> object:
    """The health of targets, including draining ones if none are named."""
    group = backend.target_groups.get(target_group_arn)
    if group and not targets:
        targets = [*group.targets.values(), *group.draining.values()]
        return [group.health_for(target, backend.ec2_backend) for target in targets]
    return moto(backend, target_group_arn, targets)


def health_for(
    lab: ApiContext, _moto: Moto, group: MotoTargetGroup, target: Structure, ec2_backend: Ec2Backend
) -> object:
    """The health of a target, with the port of its checks."""
    key = _key(group, target)
    port = group.health_check_port
    checked_on = str(key[1]) if port == "traffic-port" else port
    return FakeHealthStatus(key[0], str(key[1]), checked_on, *_health(lab, group, key, ec2_backend))


def _health(lab: ApiContext, group: MotoTargetGroup, key: Key, ec2_backend: Ec2Backend) -> TargetHealth:
    if key in group.draining:
        return DRAINING
    if key not in group.targets:
        return NOT_REGISTERED
    balancers = list(balancers_of(elbv2_of(group.account_id, group.region_name), group.arn))
    if not balancers:
        return NOT_USED
    zones = {subnet.availability_zone for balancer in balancers for subnet in balancer.subnets}
    if unused := _unused_health(group, key[0], zones, ec2_backend):
        return unused
    if not group.health_check_enabled:
        return UNCHECKED
    if not lab.clock.has_elapsed(group.registered_at[key], REGISTRATION):
        return REGISTERING
    if all(balancer.type != "network" for balancer in balancers):
        return TAKEN_FOR_HEALTHY
    return lab.health.get(group.arn, *key) or INITIAL


def _unused_health(
    group: MotoTargetGroup, target_id: str, zones: set[str], ec2_backend: Ec2Backend
) -> TargetHealth | None:
    """The reason that the target is unused regardless of health checks; None if it is used."""
    if group.target_type == "ip":
        return _unused_address(group, target_id, zones, ec2_backend)
    if group.target_type != "instance":
        return None
    instance = ec2_backend.get_instance_by_id(target_id)
    state = instance.state if instance else "terminated"
    if state in STOPPED:
        return TargetHealth("unused", "Target.InvalidState", f"Target is in the {state} state")
    return None if instance and instance.availability_zone in zones else ZONE_NOT_ENABLED


def _unused_address(
    group: MotoTargetGroup, address: str, zones: set[str], ec2_backend: Ec2Backend
) -> TargetHealth | None:
    """The reason for an address in the group's VPC; an address elsewhere counts for all zones."""
    for interface in ec2_backend.enis.values():
        if interface.subnet.vpc_id == group.vpc_id and interface.private_ip_address == address:
            if interface.interface_type == "network_load_balancer":
                return IP_UNUSABLE
            return None if interface.subnet.availability_zone in zones else ZONE_NOT_ENABLED
    return None
