import pytest

from orchestr.policy.facts.commerce import CommerceFacts, TouchedRevenue
from orchestr.policy.values import Money
from tests.policy.cases import codes, definition, eur, facts, found, promotion

# Two weeks at 10 %: a week's revenue of 1,000.00 costs 200.00.
WEEK = 1_000_00
WEEK_OF_SECONDS = 7 * 86_400


def touched(index=0, amount=WEEK, currency="EUR"):
    return TouchedRevenue(index=index, net_revenue_7d=Money(amount, currency, 2, "excluded"))


def beside(*items, revenue=(touched(),)):
    return facts(*items or (promotion(definition(1_000)),), commerce=CommerceFacts(revenue=revenue))


@pytest.mark.parametrize(("limit", "over"), [(19_999, True), (20_000, False), (20_001, False)])
def test_what_it_may_cost_is_found_to_the_cent(limit, over):
    wanted = [("promotion_budget", "dual")] if over else []
    assert codes("promotion_budget", beside(), dual_over=(eur(limit),)) == wanted


def test_the_promotions_of_one_proposal_are_added_up():
    items = [promotion(definition(1_000), index=index) for index in (0, 1)]
    (finding,) = found("promotion_budget", beside(*items, revenue=(touched(), touched(1))), dual_over=(eur(39_999),))
    assert (finding.value, finding.items, finding.functions) == (Money(40_000, "EUR"), (0, 1), ("finance",))


def test_one_promotion_in_two_systems_costs_once():
    twin = promotion(definition(1_000), index=1, id="TRAIL0", system="other-shop")
    about = beside(promotion(definition(1_000)), twin, revenue=(touched(), touched(1)))
    assert codes("promotion_budget", about, dual_over=(eur(20_000),)) == []


def test_a_currency_without_a_limit_needs_two():
    assert codes("promotion_budget", beside(revenue=(touched(currency="SEK"),))) == [("no_budget_for_currency", "dual")]


@pytest.mark.parametrize(("budget", "over"), [(19_999, True), (20_000, False), (20_001, False)])
def test_a_declared_budget_must_carry_what_sells_now(budget, over):
    item = promotion(definition(1_000, budget=eur(budget).wire()))
    wanted = [("promotion_over_budget", "dual")] if over else []
    assert codes("promotion_budget", beside(item)) == wanted


@pytest.mark.parametrize(("share", "over"), [(1_499, True), (1_500, False), (1_501, False)])
def test_a_declared_budget_is_a_share_of_the_revenue_it_touches(share, over):
    item = promotion(definition(1_000, budget=eur(30_000).wire()))
    wanted = [("promotion_budget_share", "dual")] if over else []
    assert codes("promotion_budget", beside(item), dual_over_share_bp=share) == wanted


def test_the_greater_of_declared_and_reckoned_counts():
    small, large = (promotion(definition(1_000, budget=eur(each).wire())) for each in (1, 25_000))
    (finding,) = (
        one for one in found("promotion_budget", beside(small), dual_over=(eur(1),)) if one.code == "promotion_budget"
    )
    assert finding.value == Money(20_000, "EUR")
    assert codes("promotion_budget", beside(large), dual_over=(eur(24_999),)) == [("promotion_budget", "dual")]


@pytest.mark.parametrize(("days", "over"), [(13, False), (14, False), (15, True)])
def test_without_an_end_it_is_taken_to_run_for_a_while(days, over):
    item = promotion(definition(1_000, ends_at=None))
    wanted = [("promotion_budget", "dual")] if over else []
    params = {"open_ended_s": days * 86_400, "dual_over": (eur(20_000),)}
    assert codes("promotion_budget", beside(item), **params) == wanted


def test_without_sales_or_a_budget_the_cost_is_unknown():
    assert codes("promotion_budget", facts(promotion(definition()))) == [("promotion_cost_unknown", "info")]
    assert codes("promotion_budget", facts(promotion(definition())), unknown_effect="dual") == [
        ("promotion_cost_unknown", "dual")
    ]


def test_switching_off_costs_nothing_and_a_budget_nobody_can_read_is_no_promotion():
    assert found("promotion_budget", beside(promotion(None))) == []
    assert codes("promotion_window", beside(promotion(definition(budget="much")))) == [("promotion_unreadable", "dual")]


# At 100 % of a week's revenue of one cent a second, a second more or less is a cent.
@pytest.mark.parametrize(("seconds", "over"), [(99, False), (100, False), (101, True)])
def test_what_has_no_end_costs_to_the_second(seconds, over):
    item = promotion(definition(10_000, ends_at=None))
    wanted = [("promotion_budget", "dual")] if over else []
    about = beside(item, revenue=(touched(amount=WEEK_OF_SECONDS),))
    assert codes("promotion_budget", about, open_ended_s=seconds, dual_over=(eur(100),)) == wanted


def test_what_is_off_or_over_costs_nothing():
    assert found("promotion_budget", facts(promotion(None))) == []
    over = promotion(definition(1_000, ends_at="2026-09-01T00:00:00Z"))
    assert found("promotion_budget", beside(over, revenue=(touched(amount=10**12),)), dual_over=()) == []


@pytest.mark.parametrize("amount", [0, -5])
def test_what_sells_nothing_costs_nothing_and_is_no_share(amount):
    item = promotion(definition(1_000, budget=eur(0).wire()))
    assert found("promotion_budget", beside(item, revenue=(touched(amount=amount),)), dual_over=()) == []
    item = promotion(definition(1_000, budget=eur(1).wire()))
    assert codes("promotion_budget", beside(item, revenue=(touched(amount=amount),))) == []


def test_a_promotion_that_states_no_discount_is_reckoned_with_none():
    assert found("promotion_budget", beside(promotion(definition(None))), dual_over=()) == []


def test_a_budget_in_other_money_than_the_sales_is_held_against_nothing():
    item = promotion(definition(1_000, budget=eur(0).wire()))
    limits = (Money(10**9, "GBP"),)
    assert found("promotion_budget", beside(item, revenue=(touched(currency="GBP"),)), dual_over=limits) == []


@pytest.mark.parametrize(("budget", "over"), [(0, False), (1, True)])
def test_a_cent_in_a_currency_without_a_limit_needs_two(budget, over):
    item = promotion(definition(1_000, budget=Money(budget, "SEK").wire()))
    (finding,) = [*found("promotion_budget", beside(item, revenue=())), None][:1]
    assert (finding is not None) is over
    assert finding is None or (finding.code, finding.params) == ("no_budget_for_currency", {"currency": "SEK"})


# A week at a revenue of one cent a week sells one cent.
@pytest.mark.parametrize(("revenue", "share"), [(1, 20_000), (3, 6_667)])
def test_a_share_is_rounded_up_and_names_who(revenue, share):
    week = definition(0, starts_at="2026-10-01T00:00:00Z", ends_at="2026-10-08T00:00:00Z", budget=eur(2).wire())
    (finding,) = found(
        "promotion_budget", beside(promotion(week), revenue=(touched(amount=revenue),)), functions=("legal",)
    )
    assert (finding.code, finding.value, finding.functions) == ("promotion_budget_share", share, ("legal",))


def test_the_largest_share_and_the_largest_gap_are_the_worst():
    budgets = (30_000, 90_000, 60_000)
    items = [promotion(definition(0, budget=eur(one).wire()), index=index) for index, one in enumerate(budgets)]
    revenue = tuple(touched(index) for index in range(3))
    (finding,) = found(
        "promotion_budget", beside(*items, revenue=revenue), dual_over_share_bp=100, dual_over=(eur(10**9),)
    )
    assert (finding.code, finding.worst) == ("promotion_budget_share", 1)
    pairs = ((1_000, 19_000), (1_000, 10_000), (9_000, 179_000))
    items = [
        promotion(definition(discount, budget=eur(budget).wire()), index=index)
        for index, (discount, budget) in enumerate(pairs)
    ]
    params = {"dual_over_share_bp": 10_000, "dual_over": (eur(10**9),), "functions": ("legal",)}
    (finding,) = found("promotion_budget", beside(*items, revenue=revenue), **params)
    assert (finding.code, finding.worst, finding.value, finding.functions) == (
        "promotion_over_budget",
        1,
        eur(20_000),
        ("legal",),
    )
