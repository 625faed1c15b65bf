"""The methods with which moto loads its long tables: images and managed policies. Importing this imports moto."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from moto.ec2.models.amis import AmiBackend
from moto.iam.models import IAMBackend

from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.iam import IamBackend, MotoPolicy

LOADING_IMAGES = "_load_amis"
LOADING_POLICIES = "_init_aws_policies"
MANAGED_POLICIES = "_init_managed_policies"
"""The names of the methods that fill the tables when a backend is created."""


load_images: Callable[[Ec2Backend], None] = vars(AmiBackend)[LOADING_IMAGES]
"""Add the public images to a backend."""

load_policies: Callable[[IamBackend], Sequence[MotoPolicy]] = vars(IAMBackend)[LOADING_POLICIES]
"""Return AWS's own policies."""
