"""What tests of several parts share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.moto import plain_moto


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """Plain moto, in a process of its own: the sandbox's corrections, made in this one, must not reach it."""
    with plain_moto() as url:
        yield url
