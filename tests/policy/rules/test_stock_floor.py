import pytest

from tests.policy.cases import codes, facts, found, stock


@pytest.mark.parametrize(("after", "effect"), [(4, "dual"), (5, None), (6, None)])
def test_the_floor_is_found_to_the_unit(after, effect):
    wanted = [("stock_floor", effect)] if effect else []
    assert codes("stock_floor", facts(stock(after))) == wanted


@pytest.mark.parametrize(("after", "effect"), [(1, "refuse"), (2, "dual"), (3, "dual")])
def test_a_lower_floor_refuses(after, effect):
    assert codes("stock_floor", facts(stock(after)), refuse_under_units=2) == [("stock_floor", effect)]


@pytest.mark.parametrize(
    ("after", "sold", "out"), [(1, 7, False), (0, 7, True), (-1, 7, True), (0, 0, False), (0, 1, True)]
)
def test_nothing_left_of_what_sells_needs_two(after, sold, out):
    assert (("stock_sold_out", "dual") in codes("stock_floor", facts(stock(after, units_7d=sold)))) is out


@pytest.mark.parametrize("before", [2, 3, None])
def test_a_small_delivery_is_better_than_none(before):
    judged = found("stock_floor", facts(stock(3, before=before)))
    assert bool(judged) is (before is None)


def test_without_sales_nothing_is_sold_out():
    assert codes("stock_floor", facts(stock(0)), dual_under_units=0) == []
    assert found("stock_floor", facts(stock("x"))) == []
