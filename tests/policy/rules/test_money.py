import pytest

from orchestr.policy.values import Address, Money
from tests.policy.cases import codes, eur, facts, found, price


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


@pytest.mark.parametrize("after", ["19.90", 0, Money(9_500, "GBP")])
def test_who_would_have_to_look_is_the_policys(after):
    (finding,) = (
        found("money", facts(price(after)), functions=("legal",))
        if after != 0
        else found("money", facts(price(eur(0))), functions=("legal",))
    )
    assert finding.functions == ("legal",)


def test_the_lowest_price_is_the_worst():
    (finding,) = found("money", facts(price(-5), price(-9, index=1), price(-7, index=2)))
    assert (finding.worst, finding.value, finding.threshold) == (1, eur(-9), eur(0))


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        ({"before": None, "currency": None, "exponent": None, "address": Address()}, None),
        ({"before": None, "exponent": None}, None),
        ({"before": None, "exponent": 3}, "exponent"),
        ({"before": None, "currency": "GBP", "address": Address()}, "currency"),
        ({"before": Money(10_000, "EUR", 3), "exponent": None}, "exponent"),
        ({"before": Money(10_000, "GBP"), "currency": None, "address": Address()}, "currency"),
    ],
)
def test_each_part_is_held_against_all_that_is_known_of_it(parts, part):
    findings = found("money", facts(price(eur(9_500), **parts)))
    assert [finding.params for finding in findings] == ([{"part": part}] if part else [])
