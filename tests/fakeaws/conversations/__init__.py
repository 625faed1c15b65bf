"""What is said to AWS to find out how it behaves, by area."""

from tests.fakeaws.conversations.machines import BALANCING, INSTANCES
from tests.fakeaws.conversations.network import NETWORK
from tests.fakeaws.conversations.others import A_LAB, IDENTITY, NAMES, SYSTEMS
from tests.fakeaws.conversations.privatelink import PRIVATELINK
from tests.fakeaws.conversations.steps import Step

__all__ = ["CONVERSATIONS", "Step"]

CONVERSATIONS = {**NETWORK, **INSTANCES, **BALANCING, **PRIVATELINK, **IDENTITY, **NAMES, **SYSTEMS, **A_LAB}
