import pytest

from tests.policy.cases import codes, facts, found, stock


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (1_000, 1_000, None),
        (1_000, 1_001, "single"),
        (1_000, 999, "single"),
        (1_000, 1_499, "single"),
        (1_000, 1_500, "single"),
        (1_000, 1_501, "dual"),
        (1_000, 500, "single"),
        (1_000, 499, "dual"),
    ],
)
def test_the_band_is_found_to_the_unit(before, after, effect):
    wanted = [("stock_change", effect)] if effect else []
    assert codes("stock_change", facts(stock(after, before=before))) == wanted


@pytest.mark.parametrize(("after", "refused"), [(-1, True), (0, False)])
def test_stock_is_never_negative(after, refused):
    assert (("negative_stock", "refuse") in codes("stock_change", facts(stock(after, before=1)))) is refused


@pytest.mark.parametrize("after", [None, "12", True])
def test_refuses_what_is_no_whole_number(after):
    assert codes("stock_change", facts(stock(after))) == [("stock_not_a_number", "refuse")]


def test_stock_from_nothing_needs_two():
    assert codes("stock_change", facts(stock(5, before=None))) == [("no_stock_baseline", "dual")]


def test_the_worst_is_the_largest_move_either_way():
    (finding,) = found("stock_change", facts(stock(110), stock(50, index=1)))
    assert (finding.worst, finding.value) == (1, -50)


@pytest.mark.parametrize(("after", "effect"), [(109, None), (110, None), (111, "single"), (90, None), (89, "single")])
def test_small_moves_can_be_let_through_to_the_unit(after, effect):
    wanted = [("stock_change", effect)] if effect else []
    assert codes("stock_change", facts(stock(after)), single_over_units=10) == wanted


@pytest.mark.parametrize("item", [stock(700), stock(-1, before=0), stock("x"), stock(5, before=None)])
def test_who_must_be_among_the_two_is_the_policys(item):
    findings = found("stock_change", facts(item), functions=("legal",))
    assert {finding.functions for finding in findings if finding.effect != "single"} == {("legal",)}


@pytest.mark.parametrize("amounts", [(700, 1_000, 800), (110, 50, 120)])
def test_the_largest_move_of_each_band_is_the_worst(amounts):
    (finding,) = found("stock_change", facts(*(stock(after, index=index) for index, after in enumerate(amounts))))
    assert (finding.worst, finding.value) == (1, amounts[1] - 100)


def test_the_furthest_below_nothing_is_the_worst():
    items = (stock(after, before=0, index=index) for index, after in enumerate((-1, -9, -5)))
    finding = found("stock_change", facts(*items))[0]
    assert (finding.code, finding.worst, finding.value, finding.threshold) == ("negative_stock", 1, -9, 0)


def test_one_person_may_be_anybody():
    (finding,) = found("stock_change", facts(stock(101)))
    assert finding.functions == ()
