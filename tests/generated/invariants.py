"""What must be true of the account after a run, read off the truth and not off what the engine sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pltui.engine.types import Want
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.standing import Standing

Known = Mapping[tuple[str, str], Mapping[str, Any]]


def photograph(things: Iterable[Standing]) -> Known:
    """Things by type and id, with all their service tells of them."""
    return {(one.type, one.id): {**one.detail, "tags": one.tags} for one in things}


def assert_others_untouched(cloud: FakeAws, others: Known) -> None:
    """What stood before and is nobody's of ours stands as it stood."""
    now = photograph(cloud.standing())
    for key, was in others.items():
        assert key in now, f"{key} is another's, and was deleted"
        assert now[key] == was, f"{key} is another's, and was changed"


def assert_exactly(
    cloud: FakeAws, wanted: Mapping[str, Collection[Want]], others: Known, *, lease_left: bool = False
) -> None:
    """One of each thing `wanted` (wants by lab), and nothing else but what is another's.

    While something is wanted, the lease of a process that was killed may stand until somebody next has to write; with
    `lease_left`, a run has said that it could not remove its own.
    """
    here = [one for one in cloud.standing() if (one.type, one.id) not in others]
    if any(wanted.values()) or lease_left:
        here = [one for one in here if one.type != "parameter"]
    counts = Counter(one.type for one in here)
    wants = Counter(want.kind for wants in wanted.values() for want in wants)
    assert counts == wants, f"too much: {dict(counts - wants)}, too little: {dict(wants - counts)}"
    tagged = Counter((one.tags["pltui:lab"], one.tags["pltui:address"]) for one in here if "pltui:lab" in one.tags)
    doubled = [key for key, count in tagged.items() if count > 1]
    assert not doubled, f"doubled: {doubled}"
    named = {(lab, want.address) for lab, wants in wanted.items() for want in wants}
    assert tagged.keys() <= named, f"not wanted: {tagged.keys() - named}"


def assert_works(cloud: FakeAws, lab: str, wants: Collection[Want]) -> None:
    """The switch is as wanted, its listener leads to its group, whose targets are its own servers."""
    ours = (one for one in cloud.standing() if one.tags.get("pltui:lab") == lab and one.type != "parameter")
    things = {one.tags["pltui:address"]: one for one in ours}
    by_address = {want.address: want for want in wants}
    balancer = by_address["provider/load-balancer"]
    shown = things["provider/load-balancer"].detail
    assert len(shown["AvailabilityZones"]) == len(balancer.spec["subnets"])
    [forward] = things["provider/load-balancer/listener"].detail["DefaultActions"]
    assert forward["TargetGroupArn"] == things["provider/target-group"].id
    for want in wants:
        if want.kind == "endpoint":
            endpoint = things[want.address].detail
            assert endpoint["State"] == "available"
            service = things["provider/endpoint-service"].detail
            assert endpoint["ServiceName"] == service["ServiceName"]
