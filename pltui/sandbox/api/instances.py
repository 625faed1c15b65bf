"""Instances: how long their states last, and images named by a parameter."""

import copy
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance, InstanceState
from moto.ec2.responses import EC2Response
from moto.ssm.models import ssm_backends

from pltui.sandbox.api.errors import ec2_error
from pltui.sandbox.api.overlay import Lab, Moto

STARTS = 30.0
STOPS = 40.0
TERMINATES = 45.0
"""AWS seconds from the call to `running`, `stopped`, `terminated`."""

LISTED = 3600.0
"""AWS seconds a terminated instance is still described (EC2 user guide, terminate instances)."""

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
PARAMETER = "resolve:ssm:"
"""How an image id begins that names a parameter holding it (EC2 API reference, RunInstances)."""


def install(lab: Lab) -> None:
    lab.around(Instance, start, stop, terminate, __init__=begin)
    lab.around(EC2Backend, run_instances)
    lab.around(EC2Response, start_instances=only_from({"stopped", "pending", "running"}))
    lab.around(EC2Response, stop_instances=only_from({"pending", "running", "stopping", "stopped"}))


def begin(lab: Lab, moto: Moto, instance: Any, *args: Any, **kwargs: Any) -> None:
    moto(instance, *args, **kwargs)
    _pass_through(lab, instance, "pending", STARTS, lambda: _become(lab, instance, "running"))


def start(lab: Lab, moto: Moto, instance: Any) -> Any:
    if instance.state in ("pending", "running"):
        return copy.copy(instance._state)
    previous = moto(instance)
    _pass_through(lab, instance, "pending", STARTS, lambda: _become(lab, instance, "running"))
    return previous


def stop(lab: Lab, moto: Moto, instance: Any) -> Any:
    previous = copy.copy(instance._state)
    if instance.state in ("pending", "running"):
        _pass_through(lab, instance, "stopping", STOPS, lambda: moto(instance))
    return previous


def terminate(lab: Lab, moto: Moto, instance: Any) -> Any:
    previous = copy.copy(instance._state)
    if instance.state not in ("shutting-down", "terminated"):

        def finish() -> None:
            moto(instance)
            lab.retention.after(LISTED, instance.id, lambda: _forget(instance))

        _pass_through(lab, instance, "shutting-down", TERMINATES, finish)
    return previous


def _pass_through(lab: Lab, instance: Any, state: str, seconds: float, then: Any) -> None:
    _become(lab, instance, state)
    lab.agenda.after(seconds, instance.id, then)


def _become(lab: Lab, instance: Any, state: str) -> None:
    instance._state = InstanceState(state, CODES[state])
    instance.state_changed_at = lab.agenda.now()


def _forget(instance: Any) -> None:
    backend = instance.ec2_backend
    for reservation in list(backend.reservations.values()):
        reservation.instances = [other for other in reservation.instances if other is not instance]
        if not reservation.instances:
            del backend.reservations[reservation.id]
    backend.tags.pop(instance.id, None)


def only_from(states: set[str]) -> Any:
    """Refuse a call for instances in other states than these (EC2 API reference, IncorrectInstanceState)."""

    def checked(_lab: Lab, moto: Moto, response: Any) -> Any:
        for instance in response.ec2_backend.get_multi_instances_by_id(response._get_param("InstanceIds", [])):
            if instance.state not in states:
                raise ec2_error(
                    "IncorrectInstanceState",
                    f"The instance '{instance.id}' is not in a state from which this can be done: {instance.state}",
                )
        return moto(response)

    return checked


def run_instances(
    lab: Lab, moto: Moto, backend: Any, image_id: str, count: int, user_data: Any, *args: Any, **kwargs: Any
) -> Any:
    if image_id and image_id.startswith(PARAMETER):
        name = image_id.removeprefix(PARAMETER)
        parameter = ssm_backends[backend.account_id][backend.region_name].get_parameter(name)
        if parameter is None:
            raise ec2_error("InvalidParameterValue", f"Parameter {name} does not exist")
        image_id = parameter.value
    return moto(backend, image_id, count, user_data, *args, **kwargs)
