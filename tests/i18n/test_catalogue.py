"""Whatever the program may say has a translation that fits, and no translation is of what it does not say."""

import re
import tomllib
from pathlib import Path

import pytest

from pltui import i18n
from tests.i18n.collect import PACKAGE, Said, said

LANGUAGES = [language for language in i18n.LANGUAGES if language != i18n.ENGLISH]
# Translated where they are shown, and made elsewhere of texts that are found there: phrases, declarations, states.
DYNAMIC = set(Path(__file__).with_name("dynamic.txt").read_text(encoding="utf-8").splitlines())
# The same in every language: names of things, signs, and what is data but for its punctuation.
SAME = {"DNS", "EC2", "{name} VPC", "-o {path}: {what}"}


@pytest.fixture(scope="module")
def found() -> list[Said]:
    return said()


def spoken(found: list[Said]) -> set[str]:
    return {each.text for each in found if each.text is not None and has_words(each.text)}


def has_words(text: str) -> bool:
    """Whether more than placeholders and signs is in it, which would be the same in every language."""
    return bool(re.search(r"[A-Za-z]", re.sub(r"\{[^{}]*\}", "", text))) or text == ", "


def holes(text: str) -> list[str]:
    return sorted({*re.findall(r"(?<!\{)\{[^{}]*\}", text), *re.findall(r"%(?:\(\w+\))?[sr]", text)})


def catalogue(language: str) -> dict[str, str]:
    tables = tomllib.loads((PACKAGE / "i18n" / f"{language}.toml").read_text(encoding="utf-8"))
    return {english: translated for table in tables.values() for english, translated in table.items()}


def test_what_is_said_is_literal_or_known_to_come_from_elsewhere(found: list[Said]) -> None:
    assert {f"{each.file}: {each.source}" for each in found if each.text is None} - DYNAMIC == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_a_translation(language: str, found: list[Said]) -> None:
    lacking = spoken(found) - catalogue(language).keys()
    assert {f"{each.file}:{each.line}: {each.text}" for each in found if each.text in lacking} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_of_what_is_never_said(language: str, found: list[Said]) -> None:
    assert catalogue(language).keys() - {each.text for each in found} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_original(language: str) -> None:
    assert {english for english, told in catalogue(language).items() if holes(english) != holes(told)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_in_english(language: str) -> None:
    left = {english for english, told in catalogue(language).items() if english == told and has_words(english)}
    assert left - SAME == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_quick_reading_of_a_catalogue_is_that_of_toml(language: str) -> None:
    assert i18n._read_catalogue(language) == catalogue(language)
