"""The machinery that rules share: which item stands for a finding, and what it takes from it."""

import pytest

from orchestr.policy.findings import Finding
from orchestr.policy.rule import Tally


def only(tally: Tally) -> Finding:
    (finding,) = tally.findings()
    return finding


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_of_items_as_grave_the_one_of_lowest_index_is_the_worst_in_any_order(order: tuple[int, ...]) -> None:
    tally = Tally("cost")
    for index in order:
        tally.add("below_cost", "refuse", index, value=index)
    assert (only(tally).worst, only(tally).value, only(tally).items) == (1, 1, (1, 2, 3))


def test_what_is_graver_is_the_worst_at_any_place() -> None:
    tally = Tally("cost")
    tally.add("below_cost", "refuse", 3)
    tally.add("below_cost", "refuse", 5, severity=1, value=5)
    assert (only(tally).worst, only(tally).value) == (5, 5)


def test_the_functions_of_all_and_the_most_extra_weight_go_with_one_finding() -> None:
    tally = Tally("cost")
    tally.add("below_cost", "refuse", 1, functions=("legal",), extra=5)
    tally.add("below_cost", "refuse", 2, functions=("finance",), extra=3)
    assert (only(tally).functions, only(tally).weight) == (("finance", "legal"), 75)
