import pytest

from orchestr.policy.values import Money
from tests.policy.cases import codes, facts, found, price


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (10_000, 10_000, None),
        (10_000, 9_999, "single"),
        (10_000, 10_001, "single"),
        (10_000, 9_001, "single"),
        (10_000, 9_000, "single"),
        (10_000, 8_999, "dual"),
        (10_000, 11_000, "single"),
        (10_000, 11_001, "dual"),
        (10_000, 2_001, "dual"),
        (10_000, 2_000, "dual"),
        (10_000, 1_999, "refuse"),
        (10_000, 18_000, "dual"),
        (10_000, 18_001, "refuse"),
        (3, 2, "dual"),
    ],
)
def test_the_band_is_found_to_the_cent(before, after, effect):
    assert codes("price_change", facts(price(after, before=before))) == ([("price_change", effect)] if effect else [])


def test_a_thousandth_over_the_limit_counts_as_over():
    (finding,) = found("price_change", facts(price(8_999_999, before=10_000_000)))
    assert (finding.effect, finding.value, finding.threshold) == ("dual", -1_001, 1_000)


def test_names_both_functions_where_two_persons_are_needed():
    (finding,) = found("price_change", facts(price(8_000)))
    assert finding.functions == ("merchandising", "finance")
    assert found("price_change", facts(price(9_500)))[0].functions == ()


def test_gathers_items_of_one_band_and_names_the_worst():
    (finding,) = found("price_change", facts(price(9_900, index=0), price(9_200, index=1), price(9_500, index=2)))
    assert (finding.items, finding.worst, finding.value, finding.weight) == ((0, 1, 2), 1, -800, 18)


def test_a_new_price_without_one_before_needs_two():
    assert codes("price_change", facts(price(9_000, before=None))) == [("no_baseline", "dual")]
    assert codes("price_change", facts(price(9_000, before=0))) == [("no_baseline", "dual")]


def test_a_price_in_another_currency_has_no_percentage():
    assert codes("price_change", facts(price(Money(9_500, "GBP")))) == [("no_baseline", "dual")]


def test_taking_a_price_away_needs_two():
    assert codes("price_change", facts(price(None))) == [("price_removed", "dual")]


def test_without_a_refusing_limit_any_move_is_for_two():
    assert codes("price_change", facts(price(1)), refuse_over_bp=None) == [("price_change", "dual")]


@pytest.mark.parametrize(("after", "effect"), [(9_901, None), (9_900, None), (9_899, "single"), (10_101, "single")])
def test_small_moves_can_be_let_through_to_the_cent(after, effect):
    wanted = [("price_change", effect)] if effect else []
    assert codes("price_change", facts(price(after)), single_over_bp=100) == wanted


@pytest.mark.parametrize("item", [price(8_000), price(1), price(None), price(9_000, before=None)])
def test_who_must_be_among_the_two_is_the_policys(item):
    (finding,) = found("price_change", facts(item), functions=("legal",))
    assert finding.functions == ("legal",)


@pytest.mark.parametrize(
    "amounts", [(9_500, 9_200, 9_300), (8_500, 7_000, 8_000), (1_500, 1_000, 1_300), (11_500, 7_000, 12_000)]
)
def test_the_largest_move_either_way_is_the_worst(amounts):
    (finding,) = found("price_change", facts(*(price(after, index=index) for index, after in enumerate(amounts))))
    assert (finding.worst, finding.items) == (1, (0, 1, 2))


@pytest.mark.parametrize(
    ("after", "points"),
    [(9_900, 11), (9_901, 10), (9_801, 11), (9_800, 12), (9_000, 20), (8_100, 49), (8_000, 50), (7_900, 50)],
)
def test_each_full_per_cent_weighs_a_point_up_to_twenty(after, points):
    (finding,) = found("price_change", facts(price(after)))
    assert finding.weight == points
