"""moto's long tables (images, managed policies), loaded when first asked for: most calls need none of them.

Loaded up front, the policies alone hold up an account's first calls for a second, once for each of AWS's partitions.
"""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import AmiBackend
from moto.iam.models import IAMBackend

from pltui.sandbox.api.overlay import Lab


def install(lab: Lab) -> None:
    load_images, load_policies = AmiBackend._load_amis, IAMBackend._init_aws_policies
    lab.replace(AmiBackend, "_load_amis", lambda _backend: None)
    lab.replace(IAMBackend, "_init_aws_policies", lambda _backend: [])
    lab.replace(IAMBackend, "_init_managed_policies", lambda _backend: {})
    _defer(lab, EC2Backend, "amis", lambda backend, _images: load_images(backend))
    _defer(lab, IAMBackend, "aws_managed_policies", lambda backend, rows: rows.extend(load_policies(backend)))
    _defer(lab, IAMBackend, "managed_policies", _index_policies)


def _index_policies(backend: Any, by_arn: dict[str, Any]) -> None:
    by_arn.update((policy.arn, policy) for policy in backend.aws_managed_policies)


def _defer(lab: Lab, owner: Any, name: str, fill: Callable[[Any, Any], object]) -> None:
    """Have the empty table that moto starts with filled when it is first read."""
    stored, filled = f"_{name}_table", f"_{name}_filled"

    def read(backend: Any) -> Any:
        if stored not in vars(backend):
            return vars(backend)[name]  # moto made it before the corrections were there, and filled it itself
        if not getattr(backend, filled):
            setattr(backend, filled, True)
            fill(backend, getattr(backend, stored))
        return getattr(backend, stored)

    def start_with(backend: Any, empty: Any) -> None:
        setattr(backend, stored, empty)
        setattr(backend, filled, False)

    lab.replace(owner, name, property(read, start_with))
