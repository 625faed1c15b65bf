"""Words made far from whoever shows them: English to the program, translated when they are shown."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from pltui import words
from pltui.errors import LabError
from pltui.text import clean
from pltui.words import Phrase, plural, tr


@pytest.fixture
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "{name} is gone": "{name} n'est plus là",
        "the {what}": "le {what}",
        "web": "site",
        "{n} matches": "{n} résultats",
    }
    monkeypatch.setattr(words, "_catalogue", told)


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
