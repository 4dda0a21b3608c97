"""Differences between two texts, word by word."""

from hypothesis import given
from hypothesis import strategies as st

from reviews.diff.words import MAX_WORDS, Piece, pieces


def test_a_replaced_phrase_is_one_change() -> None:
    assert pieces("down keeps you warm today", "down was tested hard today") == (
        Piece("same", "down "),
        Piece("removed", "keeps you warm"),
        Piece("added", "was tested hard"),
        Piece("same", " today"),
    )


def test_equal_texts_have_no_change() -> None:
    assert pieces("a b", "a b") == (Piece("same", "a b"),)


def test_two_empty_texts_have_nothing_to_show() -> None:
    assert pieces("", "") == ()


def test_a_text_too_long_to_match_is_shown_whole() -> None:
    long = "word " * MAX_WORDS
    assert pieces(long, "short") == (Piece("removed", long), Piece("added", "short"))


@given(st.text(max_size=200), st.text(max_size=200))
def test_what_stayed_and_went_is_the_text_before_and_what_stayed_and_came_the_text_after(
    before: str, after: str
) -> None:
    found = pieces(before, after)
    assert "".join(piece.text for piece in found if piece.kind != "added") == before
    assert "".join(piece.text for piece in found if piece.kind != "removed") == after
