"""With a catalogue that puts every text into brackets, nothing but data stands outside of them on any screen."""

import re
from collections.abc import Iterator, Mapping

import pytest

from pltui import i18n
from tests.tui.conftest import Driver, panel, showing

pytestmark = pytest.mark.slow  # a screen for each test; the gate has test_walks and test_in_a_hurry

SIZE = (250, 70)  # brackets make everything longer
# What is the same in every language: the lab's own names, ids, addresses, keys, units, AWS's terms and its spelling.
DATA = re.compile(
    r"""
    \b(?:privatelink|provider|consumer|provider-nlb|example\.local|sandbox|server-\d)\b
    | [\w.:/-]*\d[\w.:/-]* | \S*[-_/.:=]\S* | \b[A-Z]\b | \b[a-z]\b
    | \b(?:ms|s|min|h|d|USD|AWS|NLB|VPC|PrivateLink|CIDR|DNS|http|https|esc|enter|tab|space)\b
    | \b(?:shift|ctrl|pageup|pagedown|pgup|pgdn|yaml|json|true|false|arn|aws|net|Subnet|lab|end)\b
    | \b(?:planned|observed|done|run)\b
    | \b(?:up|down|left|right|home|started|finished|waiting|failed)\b
    """,
    re.VERBOSE,
)


class Brackets(Mapping[str, str]):
    """Every text is in it."""

    def __getitem__(self, text: str) -> str:
        return text if not re.search(r"[A-Za-z]", re.sub(r"\{[^{}]*\}", "", text)) else f"⟦{text}⟧"

    def __iter__(self) -> Iterator[str]:
        return iter(["something"])

    def __len__(self) -> int:
        return 1


@pytest.fixture(autouse=True)
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_catalogue", Brackets())
    monkeypatch.setattr(i18n, "_language", "ja")


def outside(text: str) -> set[str]:
    """The words of each line that are neither in brackets nor data; an end that is cut off counts as in them."""
    found = set()
    for line in text.splitlines():
        depth, kept = 0, ""
        for character in line:
            if character == "⟧" and not depth:  # something on top hides where it began
                kept = kept[: max(kept.rfind("  "), kept.rfind("│")) + 1]
            depth += (character == "⟦") - (character == "⟧" and depth > 0)
            kept += " " if depth or character == "⟧" else character
        found |= set(re.findall(r"[A-Za-z]{2,}", DATA.sub(" ", kept)))
    return found


async def _switched(lab: Driver) -> None:
    await lab.answer(8)
    await lab.press("x")
    await lab.step()


SCREENS = {
    "main": (),
    "help": ("question_mark",),
    "details": ("down", "down", "enter"),
    "destroy": ("D",),
    "faults": ("f",),
    "explanation": ("e",),
    "topology": ("t",),
    "filter": ("slash",),
    "themes": ("ctrl+t",),
}


@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS)
async def test_every_word_on_screen_goes_through_the_catalogue(keys: tuple[str, ...]) -> None:
    async with showing(size=SIZE) as lab:
        await lab.converge()
        if not keys:
            await _switched(lab)
        await lab.press(*keys)
        names = {word for name in lab.app.available_themes for word in name.split("-")}
        observed = lab.text() if lab.app.screen is lab.app.main else panel(lab)
        assert outside(observed) - names == set()
