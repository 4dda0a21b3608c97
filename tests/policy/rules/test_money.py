import pytest

from orchestr.policy.values import Address, Money
from tests.policy.cases import codes, facts, found, price


@pytest.mark.parametrize(("after", "refused"), [(-1, True), (0, True), (1, False)])
def test_a_price_is_above_nothing(after, refused):
    assert codes("money", facts(price(after))) == ([("price_not_positive", "refuse")] if refused else [])


@pytest.mark.parametrize(
    ("after", "part"),
    [
        (Money(9_500, "GBP"), "currency"),
        (Money(9_500, "EUR", 3), "exponent"),
        (Money(9_500, "EUR", 2, "excluded"), "tax"),
    ],
)
def test_refuses_money_that_cannot_be_compared_with_before(after, part):
    (finding,) = found("money", facts(price(after)))
    assert (finding.code, finding.effect, finding.params) == ("money_mismatch", "refuse", {"part": part})


def test_refuses_another_currency_than_the_site_trades_in():
    (finding,) = found("money", facts(price(Money(9_500, "GBP"), before=Money(10_000, "GBP"), address=Address())))
    assert (finding.code, finding.params["part"]) == ("money_mismatch", "currency")


def test_refuses_another_currency_than_the_address_names():
    item = price(9_500, address=Address(currency="GBP"), currency=None)
    assert codes("money", facts(item)) == [("money_mismatch", "refuse")]


def test_refuses_another_exponent_than_the_site_uses():
    item = price(Money(9_500, "EUR", 3), before=None)
    assert found("money", facts(item))[0].params == {"part": "exponent"}


def test_refuses_what_is_no_money_and_leaves_removals_alone():
    assert codes("money", facts(price("19.90"))) == [("not_money", "refuse")]
    assert found("money", facts(price(None))) == []
