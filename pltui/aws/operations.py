"""The operations of each AWS service, by botocore's models."""

from __future__ import annotations

from functools import cache

from pltui.aws_errors import boto_name


@cache
def operations(service: str) -> tuple[str, ...]:
    """Return the names of all operations of a service, named as by boto3 or IAM.

    Raises:
        LookupError: If the service is unknown.
    """
    from botocore.exceptions import UnknownServiceError
    from botocore.session import get_session

    try:
        return tuple(get_session().get_service_model(boto_name(service)).operation_names)
    except UnknownServiceError as error:
        raise LookupError(service) from error
