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


@pytest.mark.parametrize("refuse", [None, 5])
def test_the_worst_is_the_one_furthest_below_its_floor_and_names_who(refuse):
    items = (stock(after, index=index) for index, after in enumerate((4, 1, 3)))
    (finding,) = found("stock_floor", facts(*items), functions=("legal",), refuse_under_units=refuse)
    assert (finding.worst, finding.value, finding.functions) == (1, 1, ("legal",))


def test_what_sells_most_is_the_worst_to_run_out_of():
    items = (stock(0, index=index, units_7d=sold) for index, sold in enumerate((1, 9, 5)))
    (finding,) = found("stock_floor", facts(*items), functions=("legal",), dual_under_units=0)
    assert (finding.code, finding.worst, finding.value, finding.functions) == ("stock_sold_out", 1, 9, ("legal",))
