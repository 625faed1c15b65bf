"""A rule taken out of the code, and the cheapest thing that then fails."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """`old` is in `file` exactly once; with `new` in its place, `rule` does not hold any more."""

    name: str
    rule: str
    file: str
    old: str
    new: str
    caught_by: str
    lag: float = 0.0  # of the scenario
    pace: float = 0.0
