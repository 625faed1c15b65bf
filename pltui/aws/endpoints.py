"""Endpoints that the environment or the profile substitutes for AWS's own.

AWS SDKs and Tools reference guide, "Service-specific endpoints": AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>, and
`endpoint_url` of a profile and of the `services` section that it names. botocore follows them silently.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from pltui.aws.partitions import partition_of
from pltui.aws.settings import has_user
from pltui.engine.errors import DeniedError
from pltui.i18n import Phrase

# All services that a lab calls, by boto3's name: the guide's identifier in the shared config file.
SERVICES: Mapping[str, str] = {
    "ec2": "ec2", "elbv2": "elastic_load_balancing_v2", "iam": "iam", "route53": "route_53", "ssm": "ssm", "sts": "sts",
}  # fmt: skip


def redirection(profile: str | None, region: str) -> str | None:
    """Return the endpoint that all calls go to in place of AWS; None if they go to AWS.

    Endpoints inside AWS, such as those of an interface endpoint, count as AWS.

    Raises:
        DeniedError: If only some services are redirected: a lab would be spread over both.
    """
    configured = _configured_urls(profile)
    if any(map(has_user, configured.values())):
        raise DeniedError(
            Phrase("the environment or the profile has an endpoint URL with a user name or a password"),
            hint=Phrase("write it without them"),
        )
    elsewhere = {service: url for service, url in configured.items() if not _in_aws(url, region)}
    if not elsewhere:
        return None
    rest = [service for service in SERVICES if service not in elsewhere]
    if rest:
        raise DeniedError(
            Phrase(
                "the environment or the profile sends calls of {services} to {url}, and those of {rest} to AWS",
                services=", ".join(elsewhere),
                url=next(iter(elsewhere.values())),
                rest=", ".join(rest),
            ),
            hint=Phrase("unset AWS_ENDPOINT_URL and its like, or name one endpoint for all with --endpoint-url"),
        )
    return ", ".join(dict.fromkeys(elsewhere.values()))


def _configured_urls(profile: str | None) -> Mapping[str, str]:
    """Return service -> URL, in the order of precedence of the guide."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    session = Session()
    if profile:
        session.set_config_variable("profile", profile)
    try:
        own = session.get_scoped_config()
        of_services = session.full_config.get("services", {}).get(own.get("services"), {})
        if session.get_config_variable("ignore_configured_endpoint_urls"):
            return {}
    except BotoCoreError:  # such as a missing profile, which the first call reports
        own, of_services = {}, {}
    found: dict[str, str] = {}
    for service, name in SERVICES.items():
        section = of_services.get(name)
        places = (
            os.environ.get(f"AWS_ENDPOINT_URL_{name.upper()}"),
            os.environ.get("AWS_ENDPOINT_URL"),
            section.get("endpoint_url") if isinstance(section, Mapping) else None,
            own.get("endpoint_url"),
        )
        if url := next(filter(None, places), None):
            found[service] = str(url)
    return found


def _in_aws(url: str, region: str) -> bool:
    # Of dual-stack endpoints outside China (AWS General Reference, "AWS service endpoints").
    suffixes: Sequence[str] = (partition_of(region).dns_suffix, "api.aws")
    host = urlsplit(url).hostname or ""
    return any(host == suffix or host.endswith(f".{suffix}") for suffix in suffixes)
