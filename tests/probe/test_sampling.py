"""How often to ask before silence means absence."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pltui.probe.sampling import CHANCE, samples_needed


def missed(shares: list[float], count: int) -> float:
    """The exact chance that `count` connections miss some of `shares`, by inclusion and exclusion."""
    total = 0.0
    for picks in product((0, 1), repeat=len(shares)):
        left = sum(share for share, pick in zip(shares, picks, strict=True) if pick)
        sign = (-1) ** (sum(picks) + 1)
        total += sign * max(0.0, 1 - left) ** count if any(picks) else 0.0
    return total


@pytest.mark.parametrize(
    ("shares", "count"),
    [([1.0], 1), ([0.5, 0.5], 15), ([1 / 3] * 3, 26), ([0.25, 0.75], 33), ([0.1] * 10, 110)],
)
def test_so_many_are_enough(shares: list[float], count: int) -> None:
    assert samples_needed(shares) == count


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_a_live_subnet_is_missed_by_chance_in_fewer_than_one_run_of_ten_thousand(weights: list[int]) -> None:
    shares = [weight / sum(weights) for weight in weights]
    assert missed(shares, samples_needed(shares)) < CHANCE


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_a_few_less_would_not_be_enough(weights: list[int]) -> None:
    shares = [weight / sum(weights) for weight in weights]
    assert missed(shares, samples_needed(shares) - 2) > CHANCE / 2


def test_a_smaller_chance_takes_more() -> None:
    assert samples_needed([0.5, 0.5], 1e-6) > samples_needed([0.5, 0.5], 1e-4)
