import pytest

from orchestr.policy.values import Money
from tests.policy.cases import codes, eur, facts, found, stock


@pytest.mark.parametrize(
    ("limit", "highest", "effect"),
    [
        (9_999, 20_000, "dual"),
        (10_000, 20_000, None),
        (10_001, 20_000, None),
        (1, 9_999, "refuse"),
        (1, 10_000, "dual"),
        (1, 10_001, "dual"),
    ],
)
def test_the_value_moved_is_found_to_the_cent(limit, highest, effect):
    wanted = [("stock_exposure", effect)] if effect else []
    params = {"dual_over": (eur(limit),), "refuse_over": (eur(highest),)}
    assert codes("stock_exposure", facts(stock(110)), **params) == wanted


def test_either_way_is_a_move_and_all_are_added_up():
    about = facts(stock(110), stock(90, index=1), stock(100, index=2))
    (finding,) = found("stock_exposure", about, dual_over=(eur(19_999),))
    assert (finding.value, finding.items) == (Money(20_000, "EUR"), (0, 1))


def test_one_place_in_two_systems_counts_once_with_its_largest_move():
    about = facts(stock(110, id="SKU-0"), stock(120, index=1, id="SKU-0", system="other"))
    (finding,) = found("stock_exposure", about, dual_over=(eur(1),))
    assert finding.value == Money(20_000, "EUR")


def test_a_currency_without_a_limit_is_refused():
    about = facts(stock(110, unit_price=Money(1_000, "SEK")))
    assert codes("stock_exposure", about) == [("no_stock_limit", "refuse")]
    assert codes("stock_exposure", about, refuse_over=(Money(10_000, "SEK"),)) == [("no_stock_limit", "dual")]


def test_what_has_no_price_or_no_number_has_no_value():
    assert found("stock_exposure", facts(stock(10**6, unit_price=None), stock("x", index=1))) == []
