import pytest

from orchestr.policy.rules.price_band import read_band
from orchestr.policy.values import Money
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
