import pytest

from orchestr.policy.texts import claims as claim_words
from orchestr.policy.texts.lexicon import Lexicon, folded, is_entry, words_of


def first(text, *entries):
    text = folded(text)
    return Lexicon(entries).first(text, words_of(text))


@pytest.mark.parametrize(
    ("entry", "text", "hit"),
    [
        ("cure", "It can cure.", "cure"),
        ("cure", "Secure and cured.", None),
        ("guarantee*", "We guaranteed it.", "guaranteed"),
        ("guarantee*", "unguaranteed", None),
        ("*garantie", "Zufriedenheitsgarantie!", "zufriedenheitsgarantie"),
        ("*garantie", "Garantien", None),
        ("risk free", "entirely risk\n free", "risk free"),
        ("risk free", "brisk free", None),
        ("only * left", "only 3 left", "only 3 left"),
        ("only * left", "only the left", "only the left"),
        ("only * left", "only a few left", None),
        ("co2-neutral*", "CO₂-neutrale Ware", "co2-neutrale"),
        ("€", "19€", "€"),
        ("100%", "100% cotton", "100%"),
        ("100%", "2100% more", None),
        ("100%", "100%ig", "100%"),
        ("risk free", "risk freedom", None),
        ("*zurück garantiert", "Geldzurück garantiert", "geldzurück garantiert"),
        ("*zurück da", "Geldzurück da", "geldzurück da"),
        ("a b longest*", "a b longestword", "a b longestword"),
        ("free & easy", "Free &amp; easy", "free & easy"),
    ],
)
def test_matches_at_word_borders(entry, text, hit):
    assert first(text, entry) == hit


def test_names_the_first_of_several():
    assert first("It heals; a cure, guaranteed.", "guaranteed", "cure", "heals") == "heals"


def test_names_all_of_them_each_once_in_their_order():
    text = folded("Only 3 left, guaranteed: only 3 left, 20 % off. A cure.")
    entries = ("only * left", "guarantee*", "% off", "cure", "risk free")
    assert Lexicon(entries).every(text, words_of(text)) == ["only 3 left", "guaranteed", "% off", "cure"]


def test_no_entries_find_nothing():
    assert first("guaranteed") is None


@pytest.mark.parametrize("text", ["<" * 300_000, "&" * 300_000, "a" * 300_000, "é" * 300_000, "only " * 60_000])
def test_long_hostile_texts_are_read_to_the_end(text):
    assert first(text + " cure", "cure", "guarantee*", "*garantie", "only * left") == "cure"


@pytest.mark.parametrize(
    ("entry", "fits"),
    [
        ("ab*", False),
        ("*ab", False),
        ("abc*", True),
        ("*", False),
        ("", False),
        ("<b>", False),
        ("ab", True),
        ("€", True),
    ],
)
def test_knows_what_may_stand_in_a_list(entry, fits):
    assert is_entry(entry) is fits


def test_the_lists_we_ship_hold_entries_only():
    lists = (
        claim_words.HEALTH,
        claim_words.LEGAL,
        claim_words.GUARANTEE,
        claim_words.ENVIRONMENT,
        claim_words.AVAILABILITY,
        claim_words.PRICE,
    )
    for entries in lists:
        assert all(map(is_entry, entries))
        assert len(set(entries)) == len(entries)
        for entry in entries:
            sample = entry.strip("*").replace("*", "word")
            assert first(f"Here {sample} there", entry), entry


@pytest.mark.parametrize("entry", ["only * left", "co2-neutral*", "% off", "€", "approved by", "*zurück garantiert"])
def test_a_phrase_is_found_amid_much_else(entry):
    text = "Nothing here. Only two left, CO2-neutral, 20 % off, 9 €, approved by us, geld-zurück garantiert. Or there."
    assert first(text, entry) is not None
