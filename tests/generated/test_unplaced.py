"""A lab whose region cannot hold what its spec says any more: it can be seen and destroyed all the same."""

import pytest

from pltui.engine.plan import Plan
from pltui.errors import LabError
from pltui.lab.session import Lab
from pltui.spec import parse
from tests.generated.bare import Account, converge, destroy

PARTS = {
    "more zones than there are": "vpc: {zones: 4}, servers: {count: 1}",
    "two zones that are one": "vpc: {zones: [ap-northeast-1a, apne1-az4]}, servers: {count: 1}",
    "a zone of another region": "vpc: {zones: [eu-west-1a]}, servers: {count: 1}",
}


def spec_with(part: str, consumer: str = "vpc: {zones: 1}") -> str:
    return (
        f"version: 1\nname: small\nprovider: {{{part}, load_balancer: {{name: small-nlb}}}}\n"
        f"consumers: {{consumer: {{{consumer}}}}}\n"
    )


@pytest.mark.parametrize("name", PARTS)
async def test_it_is_destroyed_by_its_names(name: str) -> None:
    account = Account()
    await account.made()
    ended = await account.process(destroy, of=parse(spec_with(PARTS[name])))
    assert ended.ok, ended
    assert account.cloud.standing() == []


async def test_it_is_seen_and_neither_planned_nor_made() -> None:
    account, found = Account(), list[Plan | None]()
    await account.made()

    async def look(lab: Lab) -> object:
        found.append(await lab.look())
        assert len(lab.observed) == 42
        assert any("needs 4 zones" in notice for notice in lab.notices)
        with pytest.raises(LabError, match="needs 4 zones") as raised:
            await lab.plan()
        assert raised.value.code == 2
        return await converge(lab)

    ended = await account.process(look, of=parse(spec_with(PARTS["more zones than there are"])))
    assert found == [None]
    assert ended.error
    assert ended.error.code == 2
    assert account.writes == []
