import pytest

from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.values import Money
from tests.policy.cases import codes, eur, facts, found, price


def moved(after, *, before=10_000, **prices):
    return facts(price(after, before=before, prices=PriceFacts(**prices)))


@pytest.mark.parametrize(
    ("after", "effect"),
    [
        (9_001, None),
        (9_000, None),
        (8_999, "dual"),
        (11_000, None),
        (11_001, "dual"),
        (2_001, "dual"),
        (2_000, "dual"),
        (1_999, "refuse"),
    ],
)
def test_a_week_is_measured_from_where_it_began(after, effect):
    about = moved(after, before=after + 50, week=eur(10_000))
    assert codes("price_window", about) == ([("price_week", effect)] if effect else [])


@pytest.mark.parametrize(
    ("after", "effect"),
    [
        (9_001, None),
        (9_000, None),
        (8_999, "dual"),
        (11_000, None),
        (11_001, "dual"),
        (2_001, "dual"),
        (2_000, "dual"),
        (1_999, "refuse"),
    ],
)
@pytest.mark.parametrize(("name", "code"), [("month", "price_month"), ("anchor", "price_anchor")])
def test_a_month_and_its_anchor_have_limits_of_their_own(name, code, after, effect):
    about = moved(after, before=after + 50, **{name: eur(10_000)})
    assert codes("price_window", about) == ([(code, effect)] if effect else [])


def test_a_price_not_moved_in_this_time_is_left_to_the_single_change():
    assert found("price_window", moved(5_000, week=eur(10_000), month=eur(10_000), anchor=eur(10_000))) == []
    assert found("price_window", facts(price(5_000))) == []


@pytest.mark.parametrize(
    ("after", "effect"), [(9_001, None), (9_000, None), (8_999, "dual"), (1_999, "dual"), (1, "dual")]
)
def test_a_cut_is_measured_from_the_highest_price_and_never_refused_for_it(after, effect):
    about = moved(after, before=after + 50, high=eur(10_000))
    assert codes("price_window", about) == ([("price_high", effect)] if effect else [])


@pytest.mark.parametrize(("before", "expected"), [(7_999, []), (8_000, []), (8_001, [("price_high", "dual")])])
def test_what_goes_no_lower_is_no_cut(before, expected):
    assert codes("price_window", moved(8_000, before=before, high=eur(10_000))) == expected


def test_a_cut_from_the_highest_price_itself_is_left_to_the_single_change():
    assert found("price_window", moved(5_000, high=eur(10_000))) == []


def test_a_price_that_was_not_sold_before_is_measured_from_the_highest_too():
    assert codes("price_window", moved(8_000, before=None, high=eur(10_000))) == [("price_high", "dual")]
    assert codes("price_window", moved(10_001, before=None, high=eur(10_000))) == []


@pytest.mark.parametrize("limit", [1_899, 1_900, 1_901])
def test_how_far_below_the_highest_needs_two_is_the_policys(limit):
    about = moved(8_100, before=9_000, high=eur(10_000))
    found_here = found("price_window", about, high_dual_over_bp=limit)
    assert [(each.value, each.threshold, each.worst) for each in found_here] == (
        [(-1_900, 1_899, 0)] if limit == 1_899 else []
    )


@pytest.mark.parametrize("high", [Money(10_000, "GBP"), Money(10_000, "EUR", 3), eur(10_000, "excluded"), eur(0)])
def test_a_highest_price_that_cannot_be_compared_needs_two(high):
    assert codes("price_window", moved(9_900, high=high)) == [("no_window_baseline", "dual")]
    assert codes("price_window", moved(9_900, before=9_800, high=high)) == []


def test_says_how_far_it_went_and_what_the_limit_was():
    (finding,) = found("price_window", moved(8_000, before=8_100, week=eur(10_000)))
    assert (finding.value, finding.threshold, finding.functions) == (-2_000, 1_000, ("merchandising", "finance"))


def test_without_a_limit_to_refuse_by_two_persons_decide():
    about = moved(1_000, before=1_100, week=eur(10_000))
    assert codes("price_window", about, refuse_over_bp=None) == [("price_week", "dual")]


@pytest.mark.parametrize("start", [Money(10_000, "GBP"), Money(10_000, "EUR", 3), eur(10_000, "excluded"), eur(0)])
def test_a_past_that_cannot_be_compared_needs_two_and_is_said_once(start):
    about = moved(9_900, week=start, month=start, anchor=start)
    (finding,) = found("price_window", about)
    assert (finding.code, finding.effect, finding.items) == ("no_window_baseline", "dual", (0,))


def test_a_history_of_mixed_amounts_needs_two():
    assert codes("price_window", moved(9_900, mixed=True)) == [("no_window_baseline", "dual")]


@pytest.mark.parametrize("start", [eur(10_000), eur(0), eur(100_000)])
def test_who_must_be_among_the_two_is_the_policys(start):
    (finding,) = found("price_window", moved(8_000, before=8_100, week=start), functions=("legal",))
    assert finding.functions == ("legal",)


def test_the_largest_move_either_way_is_the_worst():
    amounts = (8_500, 12_500, 8_000)
    known = PriceFacts(month=eur(10_000))
    items = (price(after, before=9_000, index=index, prices=known) for index, after in enumerate(amounts))
    (finding,) = found("price_window", facts(*items))
    assert (finding.worst, finding.value, finding.threshold) == (1, 2_500, 1_000)


@pytest.mark.parametrize("name", ["week", "month", "anchor"])
def test_one_past_that_cannot_be_compared_is_enough_and_the_others_still_count(name):
    starts = {"week": eur(10_000), "month": eur(10_000), "anchor": eur(10_000)} | {name: Money(1, "GBP")}
    about = moved(8_000, before=8_100, **starts)
    wanted = sorted(("no_window_baseline" if one == name else f"price_{one}", "dual") for one in starts)
    assert codes("price_window", about) == wanted


def test_a_price_back_where_it_was_has_not_moved():
    limits = dict.fromkeys(("week_dual_over_bp", "month_dual_over_bp", "anchor_dual_over_bp", "refuse_over_bp"), 0)
    assert found("price_window", moved(5_000), **limits) == []
    assert found("price_window", moved(5_000, week=eur(10_000), month=eur(10_000), anchor=eur(10_000)), **limits) == []
    assert found("price_window", moved(10_000, before=9_000, week=eur(10_000), month=eur(10_000))) == []
    assert found("price_window", facts(price(None, prices=PriceFacts(week=eur(1))))) == []


@pytest.mark.parametrize(("after", "high"), [(8_001, eur(10_000)), (8_000, eur(10_000)), (7_999, None)])
def test_what_is_no_cut_from_a_higher_price_is_none_however_low_the_limit(after, high):
    """A rise, no move, and a cut from what was the highest itself: nothing, not a little."""
    assert codes("price_window", moved(after, before=8_000, high=high), high_dual_over_bp=0) == []
