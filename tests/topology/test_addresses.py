"""Addresses: taken apart, and printed exactly as tags, zones, journals and plans have them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pltui import topology
from pltui.spec import parse
from pltui.topology import PROVIDER, Address, naming
from tests.fakecloud.labs import AREA

PIECES = st.sampled_from(["provider", "private-subnet-1", "0.0.0.0", "0", "a.b", "-", "", "server-"]) | st.text()
SPEC = """
version: 1
name: lab
provider: {{vpc: {{zones: {zones}, nat: {nat}}}, servers: {{count: {servers}}}}}
consumers: {{{consumers}}}
"""


@given(st.lists(PIECES).map("/".join))
def test_any_text_is_an_address_that_prints_as_that_text(text: str) -> None:
    assert str(Address.parse(text)) == text


@settings(deadline=None)
@given(
    zones=st.integers(1, 3),
    nat=st.sampled_from(["none", "single", "per_zone"]),
    servers=st.integers(1, 12),
    names=st.lists(
        st.sampled_from(["consumer", "private-vpc", "server-2", "a-1"]), min_size=1, max_size=3, unique=True
    ),
    access=st.sampled_from(["nat", "endpoints"]),
)
def test_every_address_of_a_lab_has_its_side_and_prints_as_it_was(
    zones: int, nat: str, servers: int, names: set[str], access: str
) -> None:
    consumers = ", ".join(f"{name}: {{vpc: {{zones: {zones}}}, client: {{access: {access}}}}}" for name in names)
    spec = parse(SPEC.format(zones=zones, nat=nat, servers=servers, consumers=consumers))
    addresses = {one.address: Address.parse(one.address) for one in topology.all_desired(spec, AREA)}
    assert {str(address) for address in addresses.values()} == set(addresses)
    assert {address.side for address in addresses.values()} == {PROVIDER, *names}
    private = {text: address.private_subnet for text, address in addresses.items() if address.private_subnet}
    assert private == {f"{side}/private-subnet-{n}": n for side in (PROVIDER, *names) for n in range(1, zones + 1)}


@pytest.mark.parametrize(
    ("text", "side", "parts", "part", "index", "words"),
    [
        ("provider/vpc", "provider", ("vpc",), "vpc", None, "provider vpc"),
        ("provider/server-2", "provider", ("server-2",), "server", 2, "provider server 2"),
        (
            "provider/server-2/target", "provider", ("server-2", "target"), "server-2/target", None,
            "provider server 2 target",
        ),
        (
            "provider/private-route-table-1/0.0.0.0/0", "provider", ("private-route-table-1", "0.0.0.0/0"),
            "private-route-table-1/0.0.0.0/0", None, "provider private route table 1 0.0.0.0/0",
        ),
        (
            "a-1/zone/provider-nlb.example.local/A", "a-1", ("zone", "provider-nlb.example.local", "A"),
            "zone/provider-nlb.example.local/A", None, "a-1 zone provider-nlb.example.local A",
        ),
        ("lab", "lab", (), "", None, "lab"),
        ("", "", (), "", None, ""),
    ],
)  # fmt: skip
def test_an_address_is_taken_apart(
    text: str, side: str, parts: tuple[str, ...], part: str, index: int | None, words: str
) -> None:
    address = Address.parse(text)
    assert (address.side, address.parts, address.part, address.index, address.words) == (
        side, parts, part, index, words
    )  # fmt: skip


def test_only_guarddutys_own_parts_are_its() -> None:
    assert naming.is_guardduty(naming.guardduty("consumer/vpc", "guardduty-endpoint"))
    assert not naming.is_guardduty("consumer/endpoint")
