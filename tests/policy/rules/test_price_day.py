import pytest

from orchestr.policy.values import Money
from tests.policy.cases import codes, eur, facts, found, price


@pytest.mark.parametrize(
    ("after", "effect"),
    [
        (9_001, None),
        (9_000, None),
        (8_999, "dual"),
        (11_000, None),
        (11_001, "dual"),
        (5_001, "dual"),
        (5_000, "dual"),
        (4_999, "refuse"),
    ],
)
def test_a_day_is_measured_from_where_it_began(after, effect):
    item = price(after, before=after + 100, day_start=eur(10_000))
    assert codes("price_day", facts(item)) == ([("price_day", effect)] if effect else [])


def test_a_price_not_moved_before_in_this_day_is_left_to_the_single_change():
    assert found("price_day", facts(price(5_000))) == []


def test_small_steps_add_up():
    step = price(8_937, before=9_119, day_start=eur(10_000))
    assert codes("price_change", facts(step)) == [("price_change", "single")]
    assert codes("price_day", facts(step)) == [("price_day", "dual")]


def test_a_day_that_began_in_another_currency_needs_two():
    assert codes("price_day", facts(price(9_900, day_start=Money(9_000, "GBP")))) == [("no_day_baseline", "dual")]
    assert codes("price_day", facts(price(9_900, day_start=0))) == [("no_day_baseline", "dual")]


@pytest.mark.parametrize(
    "item", [price(8_000, day_start=eur(10_000)), price(1, day_start=eur(10_000)), price(1, day_start=eur(0))]
)
def test_who_must_be_among_the_two_is_the_policys(item):
    (finding,) = found("price_day", facts(item), functions=("legal",))
    assert finding.functions == ("legal",)


def test_the_largest_move_either_way_is_the_worst():
    amounts = (8_500, 12_500, 8_000)
    items = (price(after, index=index, day_start=eur(10_000)) for index, after in enumerate(amounts))
    (finding,) = found("price_day", facts(*items))
    assert (finding.worst, finding.value, finding.threshold) == (1, 2_500, 1_000)


def test_without_a_limit_to_refuse_by_two_persons_decide():
    assert codes("price_day", facts(price(1, day_start=eur(10_000))), refuse_over_bp=None) == [("price_day", "dual")]


def test_a_price_taken_away_is_left_to_the_single_change():
    assert found("price_day", facts(price(None, day_start=eur(10_000)))) == []
    assert codes("price_day", facts(price("1", day_start=eur(10_000)))) == [("no_day_baseline", "dual")]
