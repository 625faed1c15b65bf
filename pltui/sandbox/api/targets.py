"""Target groups: registration, draining, and what DescribeTargetHealth says before and beside the health checks."""

from functools import partial
from typing import Any

from moto.elbv2.exceptions import DuplicateTargetGroupName, InvalidTargetError, TargetNotRunning
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup, elbv2_backends

from pltui.sandbox.api.overlay import Lab, Moto
from pltui.sandbox.health import TargetHealth

REGISTRATION = 60.0
"""AWS seconds a fresh target is only being registered; 90 to 180 are seen, and nothing can be learnt from waiting."""

DEREGISTERED_AFTER_TERMINATION = 300.0
"""AWS seconds until a terminated instance leaves its target groups."""

NOT_USED = TargetHealth(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
ZONE_NOT_ENABLED = TargetHealth(
    "unused", "Target.NotInUse", "Target is in an Availability Zone that is not enabled for the load balancer"
)
NOT_REGISTERED = TargetHealth("unused", "Target.NotRegistered", "Target is not registered to the target group")
REGISTERING = TargetHealth("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING = TargetHealth("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
DRAINING = TargetHealth("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")

STOPPED = frozenset({"stopping", "stopped", "shutting-down", "terminated"})


def install(lab: Lab) -> None:
    lab.around(FakeTargetGroup, __init__=begin, register=register, deregister=deregister, health_for=health_for)
    lab.around(ELBv2Backend, create_target_group, describe_target_health, notify_terminate_instances, delete_listener)


def begin(_lab: Lab, moto: Moto, group: Any, *args: Any, **kwargs: Any) -> None:
    moto(group, *args, **kwargs)
    group.registered_at, group.draining = {}, {}
    group.attributes["deregistration_delay.timeout_seconds"] = "300"
    if group.protocol in ("TCP", "UDP", "TCP_UDP", "TLS"):
        del group.attributes["load_balancing.algorithm.type"]
        del group.attributes["slow_start.duration_seconds"]
        del group.attributes["waf.fail_open.enabled"]
        keep = group.target_type == "instance" or group.protocol in ("UDP", "TCP_UDP")
        group.attributes |= {
            "preserve_client_ip.enabled": "true" if keep else "false",
            "proxy_protocol_v2.enabled": "false",
            "deregistration_delay.connection_termination.enabled": "false",
            "target_health_state.unhealthy.connection_termination.enabled": "true",
        }


def create_target_group(_lab: Lab, moto: Moto, backend: Any, name: str, **settings: Any) -> Any:
    for existing in backend.target_groups.values():
        if existing.name == name:
            if existing.asked == settings:
                return existing
            raise DuplicateTargetGroupName(
                f"A target group with the same name '{name}' exists, but with different settings"
            )
    group = moto(backend, name, **settings)
    group.asked = settings
    return group


def register(lab: Lab, _moto: Moto, group: Any, targets: list[dict[str, Any]]) -> None:
    """Idempotent; instances must run (elbv2 API reference, RegisterTargets)."""
    for target in targets:
        if group.target_type == "instance":
            instance = group.ec2_backend.get_instance_by_id(target["Id"])
            if instance is None:
                raise InvalidTargetError()
            if instance.state not in ("running", "pending"):
                raise TargetNotRunning(instance_id=target["Id"])
    for target in targets:
        target_id, port = target["Id"], target.get("Port") or group.port
        _end_draining(lab, group, target_id)
        if target_id not in group.targets:
            lab.health.forget(group.arn, target_id, int(port))
            group.registered_at[target_id] = lab.clock.now()
        group.targets[target_id] = {"Id": target_id, "Port": port}


def deregister(lab: Lab, _moto: Moto, group: Any, targets: list[dict[str, Any]]) -> None:
    """Unknown targets do not matter; the others drain for the group's delay."""
    delay = float(group.attributes["deregistration_delay.timeout_seconds"])
    for target in targets:
        registered = group.targets.pop(target["Id"], None)
        if registered is None:
            continue
        group.draining[target["Id"]] = registered
        lab.agenda.after(delay, (group.arn, target["Id"]), partial(group.draining.pop, target["Id"], None))


def _end_draining(lab: Lab, group: Any, target_id: str) -> None:
    if group.draining.pop(target_id, None):
        lab.agenda.cancel((group.arn, target_id))


def notify_terminate_instances(lab: Lab, _moto: Moto, backend: Any, instance_ids: list[str]) -> None:
    """Terminated instances are deregistered after a while (NLB user guide, target groups)."""
    for group in list(backend.target_groups.values()):
        for instance_id in set(instance_ids) & set(group.targets):
            lab.agenda.after(
                DEREGISTERED_AFTER_TERMINATION,
                (group.arn, instance_id),
                partial(group.deregister, [{"Id": instance_id}]),
            )


def describe_target_health(_lab: Lab, moto: Moto, backend: Any, target_group_arn: str, targets: Any) -> Any:
    group = backend.target_groups.get(target_group_arn)
    if group and not targets:
        targets = [*group.targets.values(), *group.draining.values()]
        return [group.health_for(target, backend.ec2_backend) for target in targets]
    return moto(backend, target_group_arn, targets)


def health_for(lab: Lab, _moto: Moto, group: Any, target: dict[str, Any], ec2_backend: Any) -> Any:
    target_id = target["Id"]
    registered = group.targets.get(target_id) or group.draining.get(target_id)
    port = target.get("Port") or (registered or {}).get("Port") or group.port
    health = _health(lab, group, target_id, int(port), ec2_backend)
    return FakeHealthStatus(target_id, port, group.health_check_port, *health)


def _health(lab: Lab, group: Any, target_id: str, port: int, ec2_backend: Any) -> TargetHealth:
    if target_id in group.draining:
        return DRAINING
    if target_id not in group.targets:
        return NOT_REGISTERED
    zones = _enabled_zones(group, ec2_backend)
    if zones is None:
        return NOT_USED
    if group.target_type == "instance":
        instance = ec2_backend.get_instance_by_id(target_id)
        state = instance.state if instance else "terminated"
        if state in STOPPED:
            return TargetHealth("unused", "Target.InvalidState", f"Target is in the {state} state")
        if instance.availability_zone not in zones:
            return ZONE_NOT_ENABLED
    if not lab.clock.elapsed(group.registered_at[target_id], REGISTRATION):
        return REGISTERING
    return lab.health.get(group.arn, target_id, port) or CHECKING


def _enabled_zones(group: Any, ec2_backend: Any) -> set[str] | None:
    """The zones of the load balancers whose listeners lead to the group; None if there is no listener."""
    balancers = elbv2_backends[group.account_id][group.region_name].load_balancers.values()
    used = [b for b in balancers if any(_leads_to(listener, group.arn) for listener in b.listeners.values())]
    return {subnet.availability_zone for b in used for subnet in b.subnets} if used else None


def _leads_to(listener: Any, group_arn: str) -> bool:
    for rule in listener.rules.values():
        for action in rule.actions:
            forwarded = action.data.get("ForwardConfig", {}).get("TargetGroups", [])
            if group_arn in (action.data.get("TargetGroupArn"), *(item["TargetGroupArn"] for item in forwarded)):
                return True
    return False


def delete_listener(_lab: Lab, moto: Moto, backend: Any, listener_arn: str) -> Any:
    """moto leaves the group tied to the load balancer."""
    listener = moto(backend, listener_arn)
    balancer = backend.load_balancers[listener.load_balancer_arn]
    for group in backend.target_groups.values():
        if not any(_leads_to(other, group.arn) for other in balancer.listeners.values()):
            group.load_balancer_arns = [arn for arn in group.load_balancer_arns if arn != balancer.arn]
    return listener
