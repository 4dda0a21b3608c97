"""Whatever the pages say, they say in German as well; what is compiled is what is written."""

import gettext
import re
from string import Formatter

import pytest

from tests.house.catalogue_of_words import GERMAN, Entry, entries, said

PERCENT = re.compile(r"%(?:\((\w+)\))?([sd%])")
TAG = re.compile(r"</?\w+[^>]*>")


def _fields(text: str) -> tuple[list[str], list[str]]:
    """What is filled in, and the markup around it; the same in every language, in any order."""
    if "%(" in text or "%%" in text:
        filled = [f"{name}:{kind}" for name, kind in PERCENT.findall(text)]
    else:
        filled = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    return sorted(filled), sorted(TAG.findall(text))


def _forms(entry: Entry) -> list[tuple[str, str]]:
    """English beside German, for each form."""
    if entry.plural is None:
        return [(entry.text, entry.german.get(0, ""))]
    return [(entry.text, entry.german.get(0, "")), (entry.plural, entry.german.get(1, ""))]


def test_everything_a_page_says_is_in_the_german_catalogue() -> None:
    there = {(entry.context, entry.text) for entry in entries()}
    texts = said()
    assert len(texts) > 1000
    assert texts - there == set(), "run bin/messages and translate what is new"
    assert there - texts == set(), "run bin/messages: nothing says this any more"


def test_every_message_has_a_german_text_that_nobody_guessed() -> None:
    assert [entry.text for entry in entries() if entry.fuzzy] == []
    assert [english for entry in entries() for english, german in _forms(entry) if not german.strip()] == []


def test_german_fills_in_what_english_fills_in() -> None:
    wrong = [
        (english, german)
        for entry in entries()
        for english, german in _forms(entry)
        if _fields(english) != _fields(german)
    ]
    assert wrong == []


def test_german_keeps_the_space_at_the_ends() -> None:
    def ends(text: str) -> tuple[bool, bool]:
        return text[:1].isspace(), text[-1:].isspace()

    assert [each for entry in entries() for each in _forms(entry) if ends(each[0]) != ends(each[1])] == []


def test_what_is_compiled_is_what_is_written() -> None:
    written: dict[object, str] = {}
    for entry in entries():
        key = f"{entry.context}\x04{entry.text}" if entry.context else entry.text
        if entry.plural is None:
            written[key] = entry.german[0]
        else:
            written |= {(key, number): text for number, text in entry.german.items()}
    with (GERMAN / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    assert {key: text for key, text in compiled.items() if key} == written, "run bin/messages"


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("{n} days", "{m} Tage"),
        ("%(n)d days", "%(n)s Tage"),
        ("%(number)s%%", "%(number)s"),
        ("<strong>%(who)s</strong> is on call", "%(who)s hat Bereitschaft"),
    ],
)
def test_a_lost_part_is_noticed(english: str, german: str) -> None:
    assert _fields(english) != _fields(german)
