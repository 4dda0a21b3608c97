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


def test_who_must_be_among_the_two_is_the_policys():
    for params in ({"dual_over": ()}, {"refuse_over": ()}):
        (finding,) = found("stock_exposure", facts(stock(110)), functions=("legal",), **params)
        assert (finding.functions, finding.items) == (("legal",), (0,))


def test_new_stock_counts_from_nothing_and_a_cent_is_a_value():
    (finding,) = found("stock_exposure", facts(stock(3, before=None, unit_price=Money(1, "EUR"))), dual_over=(eur(2),))
    assert (finding.value, finding.threshold) == (Money(3, "EUR"), Money(2, "EUR"))
    for nothing in ("EUR", "SEK"):
        free = facts(stock(3, before=None, unit_price=Money(0, nothing)))
        assert found("stock_exposure", free, dual_over=(), refuse_over=()) == []


@pytest.mark.parametrize("name", ["dual_over", "refuse_over"])
def test_a_cent_in_a_currency_without_a_limit_is_over_it(name):
    about = facts(stock(101, unit_price=Money(1, "SEK")))
    other = {"dual_over": "refuse_over", "refuse_over": "dual_over"}[name]
    (finding,) = found("stock_exposure", about, **{name: (), other: (Money(10, "SEK"),)})
    assert finding.code == "no_stock_limit"


def test_of_one_place_in_two_systems_the_first_item_stands_for_both():
    items = (
        stock(110, index=1, id="SKU-0"),
        stock(120, index=2, id="SKU-0", system="b"),
        stock(105, id="SKU-0", system="c"),
    )
    (finding,) = found("stock_exposure", facts(*items), dual_over=(eur(1),))
    assert (finding.items, finding.value) == ((0,), Money(20_000, "EUR"))


def test_each_currency_is_added_up_for_itself():
    gbp = {"unit_price": Money(1_000, "GBP")}
    about = facts(stock(110), stock(110, index=1, **gbp), stock(110, index=2, **gbp))
    limits = {"dual_over": (eur(9_999), Money(20_000, "GBP")), "refuse_over": (eur(10**6), Money(10**6, "GBP"))}
    (finding,) = found("stock_exposure", about, **limits)
    assert (finding.items, finding.params) == ((0,), {"currency": "EUR"})
