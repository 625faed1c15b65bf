"""Partitions of AWS, by botocore."""

from __future__ import annotations

from functools import cache

from pltui.topology import Partition


@cache
def partition_of(region: str) -> Partition:
    """Return the partition of `region`, by botocore's `partitions.json`; also for a region newer than botocore."""
    from botocore.endpoint_provider import RuleSetStandardLibrary
    from botocore.loaders import create_loader

    # The function used by botocore's own endpoint rules, far cheaper than a session, which reads all endpoints.
    outputs = RuleSetStandardLibrary(create_loader().load_data("partitions")).aws_partition(region)
    return Partition(outputs["name"], outputs["dnsSuffix"])
