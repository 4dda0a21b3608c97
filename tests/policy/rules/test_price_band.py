import pytest

from orchestr.policy.parameters import ParameterRefused, parse
from orchestr.policy.rules import RULES
from orchestr.policy.rules.price_band import read_band
from orchestr.policy.values import MAX_AMOUNT, Money
from tests.policy.cases import codes, eur, facts, found, price

BANDS = ("EUR/2:5000-20000",)


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (4_999, "price_below_band"),
        (5_000, None),
        (5_001, None),
        (19_999, None),
        (20_000, None),
        (20_001, "price_above_band"),
    ],
)
def test_a_price_stays_within_its_band(after, code):
    assert codes("price_band", facts(price(after)), bands=BANDS) == ([(code, "refuse")] if code else [])


def test_says_which_edge_was_passed():
    (finding,) = found("price_band", facts(price(4_000), price(4_500, index=1)), bands=BANDS)
    assert (finding.value, finding.threshold, finding.items, finding.worst) == (eur(4_000), eur(5_000), (0, 1), 0)


def test_no_band_is_declared_by_default():
    assert found("price_band", facts(price(1))) == []


def test_every_band_of_a_currency_must_hold():
    assert codes("price_band", facts(price(6_000)), bands=(*BANDS, "EUR/2:6001-90000")) == [
        ("price_below_band", "refuse")
    ]


def test_bands_of_other_currencies_say_nothing():
    assert found("price_band", facts(price(Money(1, "GBP"))), bands=BANDS) == []


def test_a_band_in_another_exponent_needs_two():
    assert codes("price_band", facts(price(10_000)), bands=("EUR/3:1-99999",)) == [("band_not_comparable", "dual")]


def test_the_effect_is_a_parameter():
    assert codes("price_band", facts(price(1)), bands=BANDS, outside_effect="single") == [
        ("price_below_band", "single")
    ]


@pytest.mark.parametrize(
    "text",
    ["EUR/2:2-1", "eur/2:1-2", "EUR:1-2", "EUR/5:1-2", "EUR/2:-1-2", "EUR/2:1-9999999999999999", "", "EUR/2:1-2 "],
)
def test_refuses_a_text_that_is_no_band(text):
    assert read_band(text) is None


def test_reads_a_band():
    assert read_band("JPY/0:100-100") == ("JPY", 0, 100, 100)


@pytest.mark.parametrize(("after", "bands"), [(1, BANDS), (30_000, BANDS), (10_000, ("EUR/3:1-99999",))])
def test_who_would_have_to_look_is_the_policys(after, bands):
    (finding,) = found("price_band", facts(price(after)), bands=bands, functions=("legal",))
    assert finding.functions == ("legal",)


@pytest.mark.parametrize("amounts", [(4_900, 4_000, 4_500), (20_100, 30_000, 25_000)])
def test_the_worst_is_the_one_furthest_outside(amounts):
    about = facts(*(price(amount, index=index) for index, amount in enumerate(amounts)))
    (finding,) = found("price_band", about, bands=BANDS)
    assert (finding.worst, finding.value) == (1, eur(amounts[1]))


def test_bands_of_one_currency_leave_open_what_they_share():
    bands = ("EUR/2:5000-20000", "EUR/2:8000-30000", "EUR/2:6000-15000", "GBP/2:1-2")
    for after, code in ((7_999, "price_below_band"), (8_000, None), (15_000, None), (15_001, "price_above_band")):
        assert codes("price_band", facts(price(after)), bands=bands) == ([(code, "refuse")] if code else [])


def test_what_is_no_money_has_no_band():
    assert found("price_band", facts(price(None), price("1", index=1)), bands=BANDS) == []


def test_one_band_may_fit_while_another_cannot_be_compared():
    bands = (*BANDS, "EUR/3:1-9")
    assert codes("price_band", facts(price(1)), bands=bands) == [
        ("band_not_comparable", "dual"),
        ("price_below_band", "refuse"),
    ]


def test_the_widest_band_there_is_reads_back():
    assert read_band(f"EUR/2:0-{MAX_AMOUNT}") == ("EUR", 2, 0, MAX_AMOUNT)
    assert read_band(f"EUR/2:0-{MAX_AMOUNT + 1}") is None


def test_where_bands_do_not_meet_no_price_lies_within():
    bands = ("EUR/2:100-200", "EUR/2:300-400")
    for after, code in ((299, "price_below_band"), (300, "price_above_band"), (150, "price_below_band")):
        assert codes("price_band", facts(price(after)), bands=bands) == [(code, "refuse")]


def test_a_policy_takes_bands_and_nothing_else():
    assert parse("price_band", RULES["price_band"].params, {"bands": ["EUR/2:1-2"]}).bands == ("EUR/2:1-2",)
    with pytest.raises(ParameterRefused):
        parse("price_band", RULES["price_band"].params, {"bands": ["EUR/2:2-1"]})


def test_a_price_on_the_edge_of_bands_that_do_not_meet_is_told_the_other_edge():
    (finding,) = found("price_band", facts(price(300)), bands=("EUR/2:100-200", "EUR/2:300-400"))
    assert (finding.code, finding.threshold) == ("price_above_band", eur(200))
