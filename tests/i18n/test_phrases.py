"""Words made far from whoever shows them: English to the program, translated when they are shown."""

import copy
import json
import pickle
import unicodedata

import pytest

from pltui import i18n
from pltui.errors import LabError
from pltui.i18n import Phrase, plural, tr
from pltui.text import clean


@pytest.fixture
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "{name} is gone": "{name} n'est plus là",
        "the {what}": "le {what}",
        "web": "site",
        "{n} matches": "{n} résultats",
    }
    monkeypatch.setattr(i18n, "_catalogue", told)


def test_a_phrase_is_its_english_text() -> None:
    phrase = Phrase("{name} is gone", name="web")
    assert (phrase, hash(phrase), json.dumps(phrase)) == ("web is gone", hash("web is gone"), '"web is gone"')


@pytest.mark.usefixtures("french")
def test_a_phrase_is_translated_when_shown_and_so_are_phrases_in_it() -> None:
    phrase = Phrase("{name} is gone", name=Phrase("the {what}", what=Phrase("web")))
    assert tr(phrase) == "le site n'est plus là"
    assert phrase == "the web is gone"


@pytest.mark.usefixtures("french")
def test_what_comes_from_outside_is_never_translated() -> None:
    assert tr("{name} is gone", name="web") == "web n'est plus là"


@pytest.mark.usefixtures("french")
def test_an_error_carries_its_phrase() -> None:
    error = LabError(Phrase("{name} is gone", name="x"))
    assert tr(error.message) == tr(str(error)) == "x n'est plus là"


@pytest.mark.usefixtures("french")
def test_cleaning_for_the_screen_translates_and_disarms() -> None:
    assert clean(Phrase("{name} is gone", name="\x1b[2Jx")) == "\ufffd[2Jx n'est plus là"


def test_cleaning_shows_whatever_would_not_be_seen_or_would_steer_and_leaves_what_people_write() -> None:
    hidden = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    hidden += map(chr, (0xAD, 0x34F, 0x61C, 0x115F, 0x180E, 0x200B, 0x202E, 0x2066, 0x206F, 0x3164, 0xFE0F, 0xFEFF))
    hidden += map(chr, (0xFFA0, 0xFFF9, 0xFFFE, 0xFFFF, 0x1D173, 0xE0001, 0xE0041, 0xE007F, 0xE0100))
    assert {clean(c) for c in hidden} == {" ", "\ufffd"}
    written = "aé ñ\u00a0ที่ हिन्दी 日本語\u3000… ● 한글 שלום مرحبا 🙂 e\u0301"
    assert clean(written) == written


@pytest.mark.usefixtures("french")
def test_a_phrase_goes_through_json_to_another_process() -> None:
    phrase = Phrase("{name} is gone", name=Phrase("the {what}", what=3))
    told = Phrase.read(json.loads(json.dumps(phrase.document())))
    assert (told, tr(told)) == ("the 3 is gone", "le 3 n'est plus là")


def test_a_copy_is_plain_text() -> None:
    phrase = Phrase("{name} is gone", name=object())
    assert pickle.loads(pickle.dumps(phrase)) == copy.deepcopy(phrase) == str(phrase)


def test_braces_in_values_are_left_alone() -> None:
    assert tr(Phrase("{name} is gone", name="{x}")) == "{x} is gone"


def test_english_has_a_form_for_one() -> None:
    assert [plural(n, "one match", "{n} matches") for n in (0, 1, 2)] == ["0 matches", "one match", "2 matches"]


@pytest.mark.usefixtures("french")
def test_other_languages_have_one_form() -> None:
    assert plural(1, "one match", "{n} matches") == "1 résultats"
