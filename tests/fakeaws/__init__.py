"""AWS in memory whose time jumps: the wire that the real clients, resource types and engine are tried on."""

from tests.fakeaws.fake import FakeAws
from tests.fakeaws.standing import Standing

__all__ = ["FakeAws", "Standing"]
