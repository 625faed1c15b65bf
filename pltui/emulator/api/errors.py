"""Errors in AWS's wording, for which moto has no class."""

from moto.core.exceptions import ServiceException
from moto.ec2.exceptions import EC2ClientError
from moto.elbv2.exceptions import ELBClientError


class Refusal(ServiceException):  # type: ignore[misc]
    """An error of the called service. moto takes the service of its own classes from the module that defines them."""


def ec2_error(code: str, message: str) -> Exception:
    """An error of EC2's query API (HTTP 400)."""
    return EC2ClientError(code, message)  # type: ignore[no-any-return]


def elb_error(code: str, message: str) -> Exception:
    """An error of Elastic Load Balancing; codes have no suffix `Exception` on the wire."""
    return ELBClientError(code, message)  # type: ignore[no-any-return]


def unsuccessful(resource_id: str, code: str, message: str) -> dict[str, object]:
    """An item of `Unsuccessful[]`, with which bulk calls respond with HTTP 200 (botocore model, UnsuccessfulItem)."""
    return {"ResourceId": resource_id, "Error": {"Code": code, "Message": message}}
