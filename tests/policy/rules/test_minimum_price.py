import pytest

from orchestr.policy.values import Money
from tests.policy.cases import codes, eur, facts, found, price


@pytest.mark.parametrize(("after", "refused"), [(7_999, True), (8_000, False), (8_001, False)])
def test_the_minimum_itself_is_allowed(after, refused):
    item = price(after, minimum_price=eur(8_000))
    assert codes("minimum_price", facts(item)) == ([("below_minimum_price", "refuse")] if refused else [])


def test_names_price_and_minimum_of_the_worst():
    items = (price(7_900, minimum_price=eur(8_000)), price(5_000, index=1, minimum_price=eur(6_000)))
    (finding,) = found("minimum_price", facts(*items))
    assert (finding.worst, finding.value, finding.threshold) == (1, eur(5_000), eur(6_000))


def test_a_minimum_that_cannot_be_compared_needs_two():
    assert codes("minimum_price", facts(price(9_000, minimum_price=Money(1, "GBP")))) == [
        ("minimum_not_comparable", "dual")
    ]


def test_no_minimum_is_no_finding():
    assert found("minimum_price", facts(price(1))) == []


@pytest.mark.parametrize("minimum", [eur(9_001), Money(1, "GBP")])
def test_who_would_have_to_look_is_the_policys(minimum):
    (finding,) = found("minimum_price", facts(price(9_000, minimum_price=minimum)), functions=("finance",))
    assert finding.functions == ("finance",)


def test_the_worst_is_the_one_furthest_below_its_own_minimum():
    pairs = ((7_000, 7_100), (9_000, 9_900), (100, 300))
    items = (price(after, index=index, minimum_price=eur(least)) for index, (after, least) in enumerate(pairs))
    (finding,) = found("minimum_price", facts(*items))
    assert (finding.worst, finding.items) == (1, (0, 1, 2))


def test_what_is_no_money_is_left_to_another_rule():
    assert (
        found("minimum_price", facts(price(None, minimum_price=eur(1)), price("1", index=1, minimum_price=eur(1))))
        == []
    )
