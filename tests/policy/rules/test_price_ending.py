import pytest

from orchestr.policy.rules.price_ending import is_ending
from orchestr.policy.values import Money
from tests.policy.cases import codes, facts, found, price


@pytest.mark.parametrize(("after", "passes"), [(9_998, False), (9_999, True), (10_000, False), (99, True), (9, False)])
def test_a_price_ends_as_it_should(after, passes):
    assert codes("price_ending", facts(price(after)), endings=("99",)) == ([] if passes else [("price_ending", "info")])


def test_every_ending_passes_by_default():
    assert found("price_ending", facts(price(9_998))) == []


def test_no_ending_at_all_lets_none_pass():
    assert codes("price_ending", facts(price(9_999)), endings=()) == [("price_ending", "info")]


def test_an_ending_may_be_of_one_currency():
    endings = ("EUR:99", "GBP:00")
    assert codes("price_ending", facts(price(10_000)), endings=endings) == [("price_ending", "info")]
    assert codes("price_ending", facts(price(Money(10_000, "GBP"))), endings=endings) == []


def test_leading_noughts_count():
    assert codes("price_ending", facts(price(5)), endings=("05",)) == []


def test_the_effect_is_a_parameter():
    assert codes("price_ending", facts(price(1)), endings=("99",), other_effect="single") == [
        ("price_ending", "single")
    ]


@pytest.mark.parametrize("text", ["", "EUR:", "eur:99", "EU:99", "9x", "1234567", ":99", "99:EUR"])
def test_refuses_a_text_that_is_no_ending(text):
    assert not is_ending(text)


def test_who_decides_is_the_policys():
    (finding,) = found("price_ending", facts(price(1)), endings=("99",), other_effect="dual", functions=("legal",))
    assert (finding.effect, finding.functions) == ("dual", ("legal",))


def test_what_is_no_money_has_no_ending():
    assert found("price_ending", facts(price(None), price("1", index=1)), endings=("99",)) == []


@pytest.mark.parametrize("text", ["9", "999999", "EUR:0", "*", "EUR:999999"])
def test_takes_a_text_that_is_an_ending(text):
    assert is_ending(text)
