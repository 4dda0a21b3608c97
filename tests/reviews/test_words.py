"""What a proposal wants, in one sentence."""

import pytest

from orchestr.proposals.models import Proposal
from reviews.words.proposal import intent


@pytest.mark.parametrize(
    ("code", "count", "sentence"),
    [
        ("message_change", 1, "Change the message “We have missed you”"),
        ("message_change", 3, "Change 3 values of messages: “We have missed you” and 2 more"),
        ("storefront_change", 1, "Rearrange the collection We have missed you"),
        ("unknown_change", 1, "Change We have missed you"),
    ],
)
def test_each_kind_of_change_is_named(code: str, count: int, sentence: str) -> None:
    assert intent(Proposal(intent=code, item_count=count), "We have missed you") == sentence
