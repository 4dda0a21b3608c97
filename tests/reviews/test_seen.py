"""What was last seen of an item, in words that fit how it ended."""

import pytest
from shelf import money

from orchestr.execution.models import ExecutionItem
from orchestr.execution.states import ItemState
from orchestr.policy.values import Json
from reviews.executing.seen import seen_of


@pytest.mark.parametrize(
    ("state", "seen", "words"),
    [
        ("conflict", 18_000, "found €180.00 there and left it"),
        ("kept", 18_000, "€180.00 stays"),
        ("unknown", 20_000, "last seen €200.00, the old value"),
        ("unknown", 19_000, "last seen €190.00, the new value"),
        ("unknown", 18_000, "last seen €180.00, neither the old value nor the new one"),
        ("applied_not_effective", 20_000, "still shows €200.00"),
        ("not_applied", 20_000, "€200.00 is there"),
    ],
)
def test_it_says_which_value_is_there_and_whose_it_is_not(state: ItemState, seen: int, words: str) -> None:
    assert seen_of(_item(state, money(seen))) == words


def test_where_nothing_was_read_nothing_is_said() -> None:
    assert seen_of(_item(ItemState.UNKNOWN, None)) == ""


def _item(state: ItemState, observed: Json) -> ExecutionItem:
    return ExecutionItem(state=state, kind="money", before=money(20_000), after=money(19_000), observed=observed)
