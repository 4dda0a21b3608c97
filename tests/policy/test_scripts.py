"""Words that are not what they look like."""

import pytest

from orchestr.policy.texts.scripts import disguised_word


@pytest.mark.parametrize(("text", "word"), [("ао", "ао"), ("A jacket саре", "саре"), ("а", None), ("мир", None)])
def test_a_word_of_another_alphabet_that_reads_as_latin_has_two_letters_at_least(text: str, word: str | None) -> None:
    assert disguised_word(text) == word
