"""Whose account it is, and what its region offers."""

from __future__ import annotations

from pltui.aws.client import Aws
from pltui.errors import Refused
from pltui.topology import Zone


async def check_account(aws: Aws, expected: str) -> None:
    """Raises Refused where the credentials are another account's than the spec names."""
    account = (await aws.call("sts", "GetCallerIdentity"))["Account"]
    if account != expected:
        raise Refused(
            f"the credentials in use belong to account {account}, and the spec names {expected}",
            "choose another --profile, or correct `account.id`",
        )


async def offered_zones(aws: Aws) -> list[Zone]:
    """The region's availability zones in use; not its local and wavelength zones."""
    answer = await aws.call(
        "ec2",
        "DescribeAvailabilityZones",
        Filters=[{"Name": "state", "Values": ["available"]}, {"Name": "zone-type", "Values": ["availability-zone"]}],
    )
    return [
        Zone(zone["ZoneName"], zone["ZoneId"])
        for zone in answer["AvailabilityZones"]
        if zone.get("ZoneType", "availability-zone") == "availability-zone"
    ]
