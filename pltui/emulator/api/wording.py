"""Error messages in AWS's wording, where moto's differs: tools and people search logs for AWS's."""

import re
from collections.abc import Iterable

from moto.ec2 import exceptions as ec2
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend

from pltui.emulator.api.errors import Refusal
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.iam import IamBackend
from pltui.emulator.moto_adapter.values import Correction, Moto

EC2_WORDS: dict[type[Exception], str] = {
    ec2.InvalidVPCIdError: "The vpc ID '{}' does not exist",
    ec2.InvalidInternetGatewayIdError: "The internetGateway ID '{}' does not exist",
    ec2.InvalidSecurityGroupNotFoundError: "The security group '{}' does not exist",
    ec2.InvalidAllocationIdError: "The allocation ID '{}' does not exist",
    ec2.InvalidVpcEndPointIdError: "The Vpc Endpoint Id '{}' does not exist",
    ec2.GatewayNotAttachedError: "resource {} is not attached to network {}",
    ec2.RouteAlreadyExistsError: "The route identified by {} already exists.",
    ec2.InvalidPermissionNotFoundError: "The specified rule does not exist in this security group.",
}
"""By moto's error, with places for its arguments; as seen in public logs of the AWS CLI and of Terraform."""


def install(lab: ApiContext) -> None:
    """Install AWS's wordings."""
    for error, words in EC2_WORDS.items():
        lab.around(error, __init__=_saying(words))
    lab.around(EC2Backend, delete_internet_gateway)
    lab.around(IAMBackend, get_role, get_instance_profile, create_service_linked_role)


def _saying(words: str) -> Correction:
    def begin(_lab: ApiContext, moto: Moto, error: EC2ClientError, *named: object) -> None:
        moto(error, *named)
        error.message = words.format(*map(_one, named))

    return begin


def _one(named: object) -> str:
    """One name of several: for several missing resources moto has a set; AWS names one."""
    return str(named) if isinstance(named, str) or not isinstance(named, Iterable) else min(map(str, named))


def delete_internet_gateway(_lab: ApiContext, moto: Moto, backend: Ec2Backend, internet_gateway_id: str) -> None:
    """Delete a gateway. Seen: awslabs/landing-zone-accelerator-on-aws#765.

    Raises:
        DependencyViolationError: If it is attached.
    """
    if backend.get_internet_gateway(internet_gateway_id).vpc:
        message = f"The internetGateway '{internet_gateway_id}' has dependencies and cannot be deleted."
        raise ec2.DependencyViolationError(message)
    moto(backend, internet_gateway_id)


def get_role(_lab: ApiContext, moto: Moto, backend: IamBackend, role_name: str) -> object:
    """The role of this name.

    Raises:
        NotFoundException: If there is none, in AWS's wording.
    """
    try:
        return moto(backend, role_name)
    except NotFoundException as unknown:
        raise NotFoundException(f"The role with name {role_name} cannot be found.") from unknown


def create_service_linked_role(
    _lab: ApiContext, moto: Moto, backend: IamBackend, service_name: str, *args: object, **more: object
) -> object:
    """Create the role of a service principal.

    Raises:
        Refusal: InvalidInput for an invalid name (IAM API reference, CreateServiceLinkedRole; wording believed).
    """
    if not re.fullmatch(r"[\w.-]+\.amazonaws\.com(\.cn)?", service_name or ""):
        raise Refusal("InvalidInput", f"Service name {service_name} is not a valid service principal.")
    return moto(backend, service_name, *args, **more)


def get_instance_profile(_lab: ApiContext, moto: Moto, backend: IamBackend, profile_name: str) -> object:
    """The instance profile of this name.

    Raises:
        NotFoundException: If there is none, in AWS's wording.
    """
    try:
        return moto(backend, profile_name)
    except NotFoundException as unknown:
        raise NotFoundException(f"Instance Profile {profile_name} cannot be found.") from unknown
