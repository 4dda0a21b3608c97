"""What a customer message is read as."""

import pytest

from orchestr.policy.texts.messages import Message, message_after
from tests.policy.cases import message


def test_a_message_taken_back_is_off_and_can_be_read() -> None:
    read = message_after(message(None))
    assert (read.off, read.readable) == (True, True)


@pytest.mark.parametrize("after", ["Dear all", 1, ["audience"]])
def test_what_is_no_object_cannot_be_read(after: object) -> None:
    assert message_after(message(after)) == Message(readable=False)
    assert not message_after(message(after)).readable


def test_what_it_says_of_itself_is_read() -> None:
    read = message_after(message({"discount_bp": 500, "promotion": "TRAIL"}))
    assert read == Message(audience=1_000, frequency_7d=1, consent=True, discount_bp=500, promotion="TRAIL")
