"""Instances: durations of their states, allowed changes by state, and images named by a parameter."""

import base64
import copy
from collections.abc import Callable

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance, InstanceState, StateReason
from moto.ec2.responses import EC2Response

from pltui.emulator.api import ssm_agent
from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.injected_errors import failure
from pltui.emulator.api.instance_types import check_offered
from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.moto_adapter.calls import (
    Ec2Call,
    blob,
    flag,
    parameter,
    parameter_names,
    required_text,
    structures,
    texts,
)
from pltui.emulator.moto_adapter.ec2 import (
    MotoInstance,
    MotoInterface,
    fleets_of,
    leave_fleets,
    set_reason,
    set_state,
    state_of,
)
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.registries import ssm_of
from pltui.emulator.moto_adapter.values import Correction, Moto, Structure
from pltui.emulator.user_data.budget import MOST_BYTES

STARTS = 30.0
STOPS = 40.0
TERMINATES = 45.0
"""AWS seconds from the call to `running`, `stopped`, `terminated`."""

FAILS = 5.0
"""AWS seconds from RunInstances until an instance that cannot be launched is `terminated`. Believed: some seconds."""

LISTED = 3600.0
"""AWS seconds for which a terminated instance is still described (EC2 user guide, terminate instances)."""

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
PARAMETER = "resolve:ssm:"
"""Prefix of an image id that names a parameter with the id (EC2 API reference, RunInstances)."""

METADATA = {
    "http_tokens": "http_tokens",
    "hop_limit": "http_put_response_hop_limit",
    "http_endpoint": "http_endpoint",
    "http_protocol": "http_protocol_ipv6",
    "metadata_tags": "instance_metadata_tags",
}
"""moto's parameters of ModifyInstanceMetadataOptions, and its attributes for them."""

ONLY_WHEN_STOPPED = ("InstanceType", "UserData", "Kernel", "Ramdisk", "EbsOptimized", "EnaSupport")
"""Attributes that cannot change while the instance runs (EC2 API reference, ModifyInstanceAttribute)."""


def install(lab: ApiContext) -> None:
    """Install the corrections of instances."""
    lab.around(Instance, start, stop, terminate, __init__=begin)
    lab.around(EC2Backend, run_instances, terminate_instances, modify_instance_metadata_options)
    lab.around(EC2Response, run_instances=run_as_many)
    lab.around(EC2Response, modify_instance_attribute, describe_instances)
    lab.replace(Instance, "network_interfaces", property(_attached_interfaces))
    lab.around(EC2Response, start_instances=only_from({"stopped", "pending", "running"}))
    lab.around(EC2Response, stop_instances=only_from({"pending", "running", "stopping", "stopped"}))
    lab.around(EC2Response, reboot_instances=only_from({"running", "pending"}))


def begin(lab: ApiContext, moto: Moto, instance: MotoInstance, *args: object, **kwargs: object) -> None:
    """Start a new instance; with an injected failure it is terminated after a few seconds."""
    moto(instance, *args, **kwargs)
    instance.region_name = instance.ec2_backend.region_name
    if reason := failure(lab, "ec2:RunInstances"):
        _become(instance, "pending", lab.agenda.now())
        state_reason = reason.code, reason.wording()
        lab.agenda.after(FAILS, instance.id, _fail, lab, instance, *state_reason)
    else:
        _start(lab, instance)


def start(lab: ApiContext, moto: Moto, instance: MotoInstance) -> object:
    """Start a stopped instance: `pending`, then `running`. Return its previous state."""
    if instance.state in ("pending", "running"):
        return copy.copy(state_of(instance))
    previous = moto(instance)
    _start(lab, instance)
    return previous


def stop(lab: ApiContext, moto: Moto, instance: MotoInstance) -> object:
    """Stop a running instance: `stopping`, then `stopped`. Return its previous state."""
    if _is_due(instance):
        return moto(instance)
    previous = copy.copy(state_of(instance))
    if instance.state in ("pending", "running"):
        _pass_through(lab, instance, "stopping", STOPS, _finish, "stop")
    return previous


def terminate(lab: ApiContext, moto: Moto, instance: MotoInstance) -> object:
    """Terminate an instance: `shutting-down`, then `terminated`. Return its previous state."""
    if _is_due(instance):
        return moto(instance)
    previous = copy.copy(state_of(instance))
    if instance.state not in ("shutting-down", "terminated"):
        _pass_through(lab, instance, "shutting-down", TERMINATES, _finish, "terminate")
        lab.retention.after(TERMINATES + lab.shown_for(LISTED), instance.id, _forget, instance)
    return previous


def modify_instance_metadata_options(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, instance_id: str, **options: object
) -> object:
    """Keep the options that the call does not name, which moto resets."""
    if instance := backend.get_instance_by_id(instance_id):
        before = instance.metadata_options
        options |= {name: getattr(before, shown) for name, shown in METADATA.items() if options.get(name) is None}
    return moto(backend, instance_id=instance_id, **options)


def _pass_through(
    lab: ApiContext, instance: MotoInstance, state: str, seconds: float, then: Callable[..., None], *args: object
) -> None:
    _become(instance, state, lab.agenda.now())
    lab.agenda.after(seconds, instance.id, then, instance, *args)


def _start(lab: ApiContext, instance: MotoInstance) -> None:
    _become(instance, "pending", lab.agenda.now())
    lab.agenda.after(STARTS, instance.id, _run, lab, instance, lab.agenda.now() + STARTS)


@deferrable
def _fail(lab: ApiContext, instance: MotoInstance, code: str, message: str) -> None:
    """Terminate an instance that fails to launch, with the reason (EC2 user guide, troubleshoot instance launch)."""
    _finish(instance, "terminate")
    instance.state_reason = StateReason(message, code)
    set_reason(instance, code)
    lab.retention.after(lab.shown_for(LISTED), instance.id, _forget, instance)


@deferrable
def _run(lab: ApiContext, instance: MotoInstance, at: float) -> None:
    _become(instance, "running", at)
    ssm_agent.start(lab, instance)


def _become(instance: MotoInstance, state: str, at: float) -> None:
    """Set the state, and the lab time at which it was entered."""
    set_state(instance, InstanceState(state, CODES[state]))
    instance.state_changed_at = at


@deferrable
def _finish(instance: MotoInstance, verb: str) -> None:
    """Let moto complete the action that `verb` has begun: `stop` or `terminate`.

    Raises:
        ValueError: For any other verb, or no instance. Both may come from a file.
    """
    if verb not in ("stop", "terminate") or not isinstance(instance, Instance):
        raise ValueError(f"{verb!r} is no end of an instance's action")
    if verb == "terminate":
        _forget_lost_fleet(instance)
    instance.is_due = True
    (Instance.stop if verb == "stop" else Instance.terminate)(instance)
    if verb == "terminate":
        _detach_all(instance)


def _forget_lost_fleet(instance: MotoInstance) -> None:
    """Clear ids of deleted fleets: moto notifies the fleet of an instance's end, and fails if it does not exist."""
    backend, fleets = instance.ec2_backend, fleets_of(instance)
    if not (backend.get_spot_fleet_request(fleets[0]) or any(map(backend.get_fleet, fleets))):
        leave_fleets(instance)


def _detach_all(instance: MotoInstance) -> None:
    """Free the interfaces that are kept (EC2 user guide, delete on termination); they stay listed, as moto needs."""
    interfaces = dict(instance.nics)
    for interface in interfaces.values():
        instance.detach_eni(interface)
    instance.nics = interfaces


def _attached_interfaces(instance: MotoInstance) -> list[MotoInterface]:
    return [interface for interface in instance.nics.values() if interface.instance is instance]


def _is_due(instance: MotoInstance) -> bool:
    return bool(vars(instance).pop("is_due", False))


@deferrable
def _forget(instance: MotoInstance) -> None:
    backend = instance.ec2_backend
    for reservation in list(backend.reservations.values()):
        reservation.instances = [other for other in reservation.instances if other is not instance]
        if not reservation.instances:
            del backend.reservations[reservation.id]
    backend.tags.pop(instance.id, None)


def only_from(states: set[str]) -> Correction:
    """Return a correction that rejects a call in other states (EC2 API reference, IncorrectInstanceState)."""

    def check_states(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
        for instance in response.ec2_backend.get_multi_instances_by_id(texts(response, "InstanceIds")):
            if instance.state not in states:
                raise ec2_error(
                    "IncorrectInstanceState",
                    f"The instance '{instance.id}' is not in a state from which this can be done: {instance.state}",
                )
        return moto(response)

    return check_states


def terminate_instances(_lab: ApiContext, moto: Moto, backend: Ec2Backend, instance_ids: list[str]) -> object:
    """Terminate instances; one with termination protection protects all that are named.

    On AWS it protects those in its zone (EC2 user guide, termination protection).
    """
    named = backend.get_multi_instances_by_id(instance_ids) if instance_ids else []
    kept = next((instance for instance in named if instance.disable_api_termination is True), None)
    return moto(backend, [kept.id] if kept else instance_ids)


def modify_instance_attribute(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Modify an attribute.

    Raises:
        EC2ClientError: IncorrectInstanceState for an attribute that needs a stopped instance, InvalidGroup.NotFound for
            an unknown security group, InvalidParameterValue for user data that is too long.
    """
    asked = {parameter(response, "Attribute"), *parameter_names(response)}
    changed = {name[:1].upper() + name[1:] for name in asked if name}
    instance = response.ec2_backend.get_instance(required_text(response, "InstanceId"))
    if changed.intersection(ONLY_WHEN_STOPPED) and instance.state != "stopped":
        raise ec2_error("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")
    for group_id in texts(response, "Groups"):
        if response.ec2_backend.get_security_group_from_id(group_id) is None:
            raise ec2_error("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    if isinstance(data := blob(response, "UserData.Value"), bytes):
        _check_length(data)
        response.params["UserData"]["Value"] = base64.b64encode(data)  # moto expects the encoded form
    return moto(response)


def _check_length(user_data: bytes) -> None:
    if len(user_data) > MOST_BYTES:
        raise ec2_error("InvalidParameterValue", f"User data is limited to {MOST_BYTES} bytes")


def run_as_many(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Run MaxCount instances, all with the profile; moto runs MinCount, and gives the profile to the first only."""
    response.params["MinCount"] = response.params.get("MaxCount", 1)
    answer = moto(response)
    name, arn = (parameter(response, f"IamInstanceProfile.{key}") for key in ("Name", "Arn"))
    for instance in answer.result.instances:
        instance.disable_api_termination = bool(flag(response, "DisableApiTermination"))
    for instance in answer.result.instances[1:]:
        if name or arn:
            response.ec2_backend.associate_iam_instance_profile(instance.id, name, arn)
    return answer


def run_instances(
    lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    image_id: str,
    count: int,
    user_data: object,
    *args: object,
    **more: object,
) -> object:
    """Run instances of an image, which may be named by a parameter, in a zone that offers the type.

    Raises:
        EC2ClientError: InvalidParameterValue for an unknown parameter or zone, or user data that is too long;
            Unsupported if the zone does not offer the type.
    """
    if user_data:
        _check_length(base64.b64decode(str(user_data)))
    found = _image(backend, image_id)
    if found is None:
        raise ec2_error("InvalidParameterValue", f"Parameter {image_id.removeprefix(PARAMETER)} does not exist")
    kwargs: Structure = dict(more)
    zone = _zone_of(backend, kwargs)
    if zone and not kwargs.get("is_instance_type_default"):
        check_offered(backend, kwargs["instance_type"], zone)
    kwargs.pop("region_name", None)  # moto has no table of zones for some regions; the zone is checked already
    tags = kwargs.get("tags", {}).get("network-interface", {})
    given = {nic.get("NetworkInterfaceId") for nic in kwargs.get("nics") or ()}
    reservation = moto(backend, found, count, user_data, *args, **kwargs)
    _tag_interfaces(reservation.instances, tags, given)
    return reservation


def _tag_interfaces(instances: list[MotoInstance], tags: dict[str, str], given: set[str | None]) -> None:
    """Tag the interfaces created with the instances, which moto omits; not those that existed before."""
    for interface in (each for instance in instances for each in instance.nics.values()):
        if tags and interface.id not in given:
            interface.add_tags(tags)


def _zone_of(backend: Ec2Backend, asked: Structure) -> str | None:
    """The requested zone, by subnet or by name.

    Raises:
        EC2ClientError: InvalidParameterValue for an unknown zone.
    """
    subnet = asked.get("subnet_id") or next((n["SubnetId"] for n in asked.get("nics", []) if "SubnetId" in n), None)
    if subnet:
        return str(backend.get_subnet(subnet).availability_zone)
    zone: str | None = asked.get("placement")
    if zone and zone not in {each.name for each in backend.describe_availability_zones()}:
        raise ec2_error("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
    return zone


def describe_instances(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Describe instances; a filter by a parameter's image id matches the instances of the image."""
    for each in structures(response, "Filters"):
        if each.get("Name") == "image-id":
            each["Values"] = [_image(response.ec2_backend, value) or value for value in each.get("Values", [])]
    return moto(response)


def _image(backend: Ec2Backend, image_id: str) -> str | None:
    """The id of the image, resolved if a parameter is named; None if there is no such parameter."""
    if not (image_id or "").startswith(PARAMETER):
        return image_id or ""
    found = ssm_of(backend.account_id, backend.region_name).get_parameter(image_id.removeprefix(PARAMETER))
    return None if found is None else str(found.value)
