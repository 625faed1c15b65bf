"""The operations of each AWS service, as botocore's models name them."""

from __future__ import annotations

from functools import cache

from pltui.aws_errors import boto_name


@cache
def operations(service: str) -> tuple[str, ...]:
    """The names of all operations of a service, which boto3 or IAM may name. Raises LookupError for an unknown one."""
    from botocore.exceptions import UnknownServiceError
    from botocore.session import get_session

    try:
        return tuple(get_session().get_service_model(boto_name(service)).operation_names)
    except UnknownServiceError as error:
        raise LookupError(service) from error
