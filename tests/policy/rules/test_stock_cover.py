import pytest

from orchestr.policy.values import Address
from tests.policy.cases import codes, facts, found, stock


@pytest.mark.parametrize(("after", "low"), [(19, True), (20, False), (21, False)])
def test_little_cover_is_found_to_the_unit(after, low):
    wanted = [("stock_cover_low", "dual")] if low else []
    assert codes("stock_cover", facts(stock(after, units_7d=70))) == wanted


@pytest.mark.parametrize(("days", "low"), [(1, False), (2, False), (3, True)])
def test_little_cover_is_found_to_the_day(days, low):
    wanted = [("stock_cover_low", "dual")] if low else []
    assert codes("stock_cover", facts(stock(20, units_7d=70)), dual_under_days=days) == wanted


@pytest.mark.parametrize(("after", "high"), [(364, False), (365, False), (366, True)])
def test_much_cover_is_found_to_the_unit(after, high):
    wanted = [("stock_cover_high", "dual")] if high else []
    assert codes("stock_cover", facts(stock(after, units_7d=7))) == wanted


@pytest.mark.parametrize(("before", "after"), [(10, 11), (500, 499), (10, 10), (500, 500)])
def test_a_move_the_right_way_is_no_finding(before, after):
    assert found("stock_cover", facts(stock(after, before=before, units_7d=70 if after < 20 else 7))) == []


def test_without_known_sales_there_is_no_cover():
    assert found("stock_cover", facts(stock(1))) == []
    assert found("stock_cover", facts(stock("x", units_7d=7))) == []


@pytest.mark.parametrize(("before", "unsold"), [(99, True), (100, False), (101, False)])
def test_adding_what_does_not_sell_is_said(before, unsold):
    wanted = [("stock_unsold", "info")] if unsold else []
    assert codes("stock_cover", facts(stock(100, before=before, units_7d=0))) == wanted


def test_stock_on_other_places_counts_where_it_is_known():
    assert found("stock_cover", facts(stock(0, before=50, stock=100, units_7d=70))) == []
    assert codes("stock_cover", facts(stock(0, before=81, stock=100, units_7d=70))) == [("stock_cover_low", "dual")]


def test_two_places_emptied_at_once_are_counted_together():
    items = [
        stock(0, before=50, index=index, id="SKU-0", location=place, stock=100, units_7d=70)
        for index, place in enumerate(("hamburg", "leeds"))
    ]
    (finding,) = found("stock_cover", facts(*items))
    assert (finding.code, finding.items, finding.value) == ("stock_cover_low", (0, 1), 0)


def test_one_place_written_in_two_systems_moves_once_and_a_gain_excuses_no_loss():
    twins = [stock(0, before=50, index=n, id="SKU-0", system=f"s{n}", stock=100, units_7d=70) for n in (0, 1)]
    assert found("stock_cover", facts(*twins)) == []
    gain = stock(90, before=0, index=1, id="SKU-0", address=Address(location="oslo"), stock=100, units_7d=70)
    loss = stock(0, before=90, id="SKU-0", stock=100, units_7d=70)
    assert codes("stock_cover", facts(loss, gain)) == [("stock_cover_low", "dual")]


@pytest.mark.parametrize(("amounts", "sold", "value"), [((18, 5, 15), 70, 43_200), ((400, 900, 500), 7, 77_760_000)])
def test_the_worst_is_the_one_furthest_from_its_limit_and_names_who(amounts, sold, value):
    items = (stock(after, index=index, units_7d=sold) for index, after in enumerate(amounts))
    (finding,) = found("stock_cover", facts(*items), functions=("legal",))
    assert (finding.worst, finding.value, finding.functions) == (1, value, ("legal",))


@pytest.mark.parametrize(("code", "limit"), [("stock_cover_low", 2 * 86_400), ("stock_cover_high", 365 * 86_400)])
def test_says_the_limit_in_seconds(code, limit):
    about = facts(stock(1 if code == "stock_cover_low" else 9_999, units_7d=70))
    (finding,) = found("stock_cover", about)
    assert (finding.code, finding.threshold) == (code, limit)


@pytest.mark.parametrize(("after", "code"), [(10, "stock_cover_low"), (30, None), (9_999, "stock_cover_high")])
def test_stock_from_nowhere_is_held_against_both(after, code):
    wanted = [(code, "dual")] if code else []
    assert codes("stock_cover", facts(stock(after, before=None, units_7d=70))) == wanted


@pytest.mark.parametrize(("sold", "unsold"), [(-1, True), (0, True), (1, False)])
def test_what_sells_once_a_week_sells(sold, unsold):
    said = ("stock_unsold", "info") in codes("stock_cover", facts(stock(101, units_7d=sold)), dual_over_days=10**6)
    assert said is unsold


def test_below_nothing_is_left_to_the_rule_of_changes():
    assert found("stock_cover", facts(stock(-1, units_7d=70))) == []
    assert codes("stock_cover", facts(stock(0, units_7d=70))) == [("stock_cover_low", "dual")]


def test_what_is_added_on_several_places_is_counted_together():
    items = [
        stock(100, before=0, index=index, id="SKU-0", location=place, stock=200, units_7d=7)
        for index, place in enumerate(("hamburg", "leeds", "oslo"))
    ]
    assert found("stock_cover", facts(*items[:1])) == []
    (finding,) = found("stock_cover", facts(*items))
    assert (finding.code, finding.items, finding.value) == ("stock_cover_high", (0, 1, 2), 500 * 86_400)


def test_what_sells_one_a_week_has_a_cover():
    assert codes("stock_cover", facts(stock(60, before=50, units_7d=1))) == [("stock_cover_high", "dual")]


@pytest.mark.parametrize(("there", "high"), [(264, False), (265, False), (266, True)])
def test_stock_from_nowhere_is_all_added_to_what_there_is(there, high):
    wanted = [("stock_cover_high", "dual")] if high else []
    assert codes("stock_cover", facts(stock(100, before=None, stock=there, units_7d=7))) == wanted


def test_stock_from_nowhere_takes_nothing_away_and_nothing_adds_nothing():
    assert codes("stock_cover", facts(stock(100, before=None, stock=19, units_7d=70))) == [("stock_cover_low", "dual")]
    assert found("stock_cover", facts(stock(0, before=None, stock=365, units_7d=7))) == []


def test_the_worst_is_the_one_furthest_beyond_and_not_the_one_that_lasts_longest():
    """All have one limit in seconds: what lasts longest is furthest beyond it, whatever it is sold by."""
    items = (stock(after, index=n, units_7d=sold) for n, (after, sold) in enumerate(((400, 7), (900, 14), (500, 7))))
    (finding,) = found("stock_cover", facts(*items))
    assert (finding.worst, finding.items) == (2, (0, 1, 2))


def test_what_is_taken_from_a_place_while_another_system_says_nothing_is_all_that_is_taken():
    assert codes("stock_cover", facts(stock(90, before=100, stock=29, units_7d=70))) == [("stock_cover_low", "dual")]
    assert found("stock_cover", facts(stock(90, before=100, stock=30, units_7d=70))) == []
