"""What must be true of the account after a run, read off the truth and not off what the engine sees; and of the run's
own writes.
"""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pltui.engine.model import Desired
from tests.fakeaws.fake import FakeAws
from tests.fakeaws.standing import Standing
from tests.generated.process import Ended
from tests.generated.works import assert_works, switch

__all__ = [
    "Known", "assert_exactly", "assert_in_turn", "assert_others_untouched", "assert_sound", "assert_works",
    "photograph", "switch",
]  # fmt: skip

Known = Mapping[tuple[str, str], Mapping[str, Any]]
LETS_GO = 65.0  # seconds: the slowest answer on the wire, and what a run may take to let go of its lease


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
    cloud: FakeAws, wanted: Mapping[str, Collection[Desired]], others: Known, *, leases: Collection[str] = ()
) -> None:
    """One of each thing `wanted` (wants by lab), and nothing else but what is another's, and the leases that may be
    left of the labs `leases`.
    """
    here = [one for one in cloud.standing() if (one.type, one.id) not in others]
    left = {f"/pltui/{lab}/lease" for lab in leases}
    here = [one for one in here if not (one.type == "parameter" and one.id in left)]
    counts = Counter(one.type for one in here)
    all_desired = Counter(desired.kind for all_desired in wanted.values() for desired in all_desired)
    assert counts == all_desired, f"too much: {dict(counts - all_desired)}, too little: {dict(all_desired - counts)}"
    tagged = Counter((one.tags["pltui:lab"], one.tags["pltui:address"]) for one in here if "pltui:lab" in one.tags)
    doubled = [key for key, count in tagged.items() if count > 1]
    assert not doubled, f"doubled: {doubled}"
    named = {(lab, desired.address) for lab, all_desired in wanted.items() for desired in all_desired}
    assert tagged.keys() <= named, f"not wanted: {tagged.keys() - named}"


def assert_sound(ended: Ended) -> None:
    """It wrote only under its own lease, and made nothing twice; told to stop, it wrote no more and ended."""
    for write in ended.log:
        assert write.leased, f"{write} was sent without a lease"
        assert not write.second, f"{write} made a second one"
        assert ended.told_to_end is None or write.sent <= ended.told_to_end, f"{write} was sent after the stop"
    if ended.told_to_end is not None:
        late = ended.at - ended.told_to_end
        assert late <= LETS_GO, f"it ended {late:.1f} s after it was told to"


def assert_in_turn(runs: Sequence[Ended]) -> None:
    """No write to the lab by one run lies between the first and the last of another's."""
    spans = sorted((ended.span, str(ended)) for ended in runs if ended.span)
    for (one, who), (other, whom) in itertools.pairwise(spans):
        assert one[1] < other[0], f"two wrote at once: {one} ({who}) and {other} ({whom})"
