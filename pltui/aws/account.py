"""Facts about the account: its id, and the offerings of its region."""

from __future__ import annotations

from collections.abc import Collection

from pltui.aws.client import Aws
from pltui.engine.errors import ExpiredError, NotYetError, OutcomeUnknownError, RefusedError
from pltui.errors import LabError, Refused
from pltui.i18n import Phrase
from pltui.spec.model import Spec
from pltui.topology import Zone


async def check_accounts(aws: Aws, spec: Spec) -> None:
    """Compare the accounts of the spec with that of the credentials.

    Raises:
        LabError: If the spec spreads over several accounts (exit code 2).
        Refused: If the spec names another account than the credentials'.
    """
    provider = spec.provider.account
    expected = {provider.id} if provider.id else set()
    for consumer in spec.consumers.values():
        own = consumer.account
        if (own.id and provider.id and own.id != provider.id) or (own.profile and own.profile != provider.profile):
            raise LabError(
                Phrase(
                    "consumer {name} is in another account than the provider, which is not supported yet",
                    name=consumer.name,
                ),
                Phrase(
                    "give consumers.{name}.account the same id and profile as provider.account, or leave it out",
                    name=consumer.name,
                ),
                2,
            )
        expected |= {own.id} if own.id else set()
    if not expected:
        return
    account = (await aws.call("sts", "GetCallerIdentity"))["Account"]
    if other := sorted(expected - {account}):
        raise Refused(
            Phrase(
                "the credentials in use belong to account {account}, and the spec names {other}",
                account=account,
                other=", ".join(other),
            ),
            Phrase("choose another --profile, or correct `account.id`"),
        )


async def availability_zones(aws: Aws) -> tuple[Zone, ...]:
    """Return the availability zones in use in the region of `aws`, without its local and wavelength zones."""
    answer = await aws.call(
        "ec2",
        "DescribeAvailabilityZones",
        Filters=[{"Name": "state", "Values": ["available"]}, {"Name": "zone-type", "Values": ["availability-zone"]}],
    )
    return tuple(
        Zone(zone["ZoneName"], zone["ZoneId"])
        for zone in answer["AvailabilityZones"]
        if zone.get("ZoneType", "availability-zone") == "availability-zone"
    )


async def instance_type_offerings(aws: Aws, types: Collection[str]) -> dict[str, frozenset[str] | None]:
    """Return instance type -> ids of the zones that offer it; None for each if that may not be read."""
    try:
        found = await aws.pages(
            "ec2",
            "DescribeInstanceTypeOfferings",
            "InstanceTypeOfferings",
            LocationType="availability-zone-id",
            Filters=[{"Name": "instance-type", "Values": sorted(types)}],
        )
    except ExpiredError:
        raise
    except (
        NotYetError,
        OutcomeUnknownError,
        RefusedError,
    ):  # not essential, because AWS rejects types that it does not offer
        return dict.fromkeys(types)
    by_type = {each: {item["Location"] for item in found if item["InstanceType"] == each} for each in types}
    return {each: frozenset(zones) for each, zones in by_type.items()}
