"""Many small steps end with the control that one step of their sum would need; amounts of two kinds never meet."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.price import Good, PriceFacts
from orchestr.policy.facts.price_history import DAY, PRIOR, Step, at_or_first, highest, lowest, usual
from orchestr.policy.findings import TIER_RANK
from orchestr.policy.parameters import specs
from orchestr.policy.rule import Case
from orchestr.policy.rules import RULES
from orchestr.policy.values import Money
from tests.policy.by_type import MONEY
from tests.policy.cases import AT, eur, facts, price, promotion
from tests.policy.strategies import all_facts, values_for

POLICY = default_policy()


def windows(steps, before):
    """What the loader makes of a history, each part in place."""
    found = {
        "week": at_or_first(steps, AT - 7 * DAY),
        "month": at_or_first(steps, AT - PRIOR),
        "anchor": usual(steps, AT - PRIOR, AT),
        "low": lowest(steps, AT - PRIOR, AT),
        "high": highest(steps, AT - PRIOR, AT),
    }
    moneys = {name: eur(amount) for name, amount in found.items() if amount is not None and amount != before}
    return PriceFacts(known_since=steps[0].since, **moneys)


def control(verdict):
    return 3 if verdict.refused else TIER_RANK[verdict.tier]


def walked(amounts, moments):
    """The verdict on the last of these steps, all taken within 30 days, and on one step from first to last."""
    first, *between, last = amounts
    history = [Step(AT - 60 * DAY, first), *map(Step, moments, between)]
    step = price(last, before=([first, *between])[-1], cost=eur(0, "excluded"), stock=0, units_7d=0)
    step = replace(step, prices=windows(history, step.before.amount))
    whole = price(last, before=first, cost=eur(0, "excluded"), stock=0, units_7d=0)
    return evaluate(facts(step), POLICY), evaluate(facts(whole), POLICY)


def down_by_two_per_cent(times):
    amounts = [1_000_000]
    for _ in range(times):
        amounts.append(amounts[-1] * 98 // 100)
    return amounts


def test_forty_steps_of_two_per_cent_within_the_window_end_as_one_step_of_their_sum():
    for times in range(1, 81):
        amounts = down_by_two_per_cent(times)
        moments = [AT - PRIOR + 1 + index * (29 * DAY // times) for index in range(times - 1)]
        last, whole = walked(amounts, moments)
        assert control(last) >= control(whole), times
        assert set(whole.functions) <= set(last.functions), times
    last, whole = walked(down_by_two_per_cent(40), moments[:39])
    assert (control(last), control(whole)) == (2, 2)


@pytest.mark.parametrize(("total", "tier"), [(9_001, 1), (9_000, 1), (8_999, 2), (8_500, 2), (8_001, 2), (7_999, 2)])
@pytest.mark.parametrize("days", [1, 6, 8, 29])
def test_two_steps_need_whom_one_step_of_their_sum_needs(total, tier, days):
    """Between 10 and 20 % within 30 days, too: the limits of the windows are those of one step."""
    last, whole = walked([10_000, 9_400, total], [AT - days * DAY])
    assert (control(last), control(whole)) == (tier, tier)
    assert last.functions == whole.functions


def test_the_limits_of_the_windows_are_those_of_one_step_in_the_default_policy():
    params = {one.rule.name: one.params for one in POLICY.settings}
    step, day, window = params["price_change"], params["price_day"], params["price_window"]
    assert {day.dual_over_bp, window.week_dual_over_bp, window.month_dual_over_bp} == {step.dual_over_bp}
    assert {window.anchor_dual_over_bp, window.high_dual_over_bp} == {step.dual_over_bp}
    assert window.refuse_over_bp <= step.refuse_over_bp
    assert day.functions == window.functions == step.functions


STEPS = st.lists(st.tuples(st.integers(1, PRIOR - 1), st.integers(-400, 400)), min_size=1, max_size=40)


@settings(max_examples=300, deadline=None)
@given(STEPS, st.integers(1_000, 100_000))
def test_a_walk_of_small_steps_is_never_judged_easier_than_its_sum(steps, first):
    moments = [AT - back for back, _ in sorted(steps, reverse=True)]
    amounts = [first]
    for _, share in steps:
        amounts.append(max(1, amounts[-1] * (10_000 + share) // 10_000))
    assume(amounts[-1] != amounts[-2])
    last, whole = walked(amounts, moments[:-1])
    assert control(last) >= control(whole)
    assert whole.refused or set(whole.functions) <= set(last.functions)


def alone(moves, first):
    """Steps at these times as far as one person each lets them through; what needs two is left out.

    Each is (seconds before the last, share in basis points of the price then), and is judged with what the history was
    by then.
    """
    steps = [Step(AT - 60 * DAY, first)]
    for back, share in moves:
        now, at = steps[-1].amount, AT - back
        after = max(1, now * (10_000 + share) // 10_000)
        there = [Step(step.since + back, step.amount) for step in steps]  # as if `at` were AT
        if after == now or at <= steps[-1].since:
            continue
        one = price(after, before=now, cost=eur(0, "excluded"), stock=0, units_7d=0)
        one = replace(one, prices=windows(there, now), day_start=day_start(there, now))
        if control(evaluate(facts(one), POLICY)) == 1:
            steps.append(Step(at, after))
    return steps


def day_start(steps, now):
    """What the catalogue's history says of the last day: nothing where it has not moved in it."""
    moved = [step for step in steps if step.since > AT - DAY]
    begun = at_or_first(steps, AT - DAY)
    return eur(begun) if moved and len(moved) < len(steps) and begun is not None else None


def fell(steps):
    """The deepest any price lies below one that was asked at most 30 days before, in basis points."""
    deepest = 0
    for index, step in enumerate(steps):
        high = highest(steps[:index], step.since - PRIOR, step.since)
        if high is not None:
            deepest = max(deepest, (high - step.amount) * 10_000 // high)
    return deepest


def test_two_cuts_timed_past_the_week_the_month_and_the_anchor_need_two_for_the_second():
    """Up by a tenth for a day and down by a tenth twice, each with one person: all three begin below the first cut."""
    history = [Step(AT - 60 * DAY, 9_000), Step(AT - 9 * DAY, 9_900), Step(AT - 8 * DAY, 9_000)]
    last = price(8_100, before=9_000, cost=eur(0, "excluded"), stock=0, units_7d=0)
    known = windows(history, 9_000)
    assert (known.week, known.month, known.anchor, known.high) == (None, None, None, eur(9_900))
    verdict = evaluate(facts(replace(last, prices=known)), POLICY)
    assert (verdict.tier, [each.code for each in verdict.findings if each.effect == "dual"]) == ("dual", ["price_high"])
    assert verdict.functions == ("finance", "merchandising")
    without = evaluate(facts(replace(last, prices=replace(known, high=None))), POLICY)
    assert without.tier == "single"


MOVES = st.lists(
    st.tuples(st.integers(1, 45 * DAY), st.sampled_from([-1_000, -999, -950, -500, 500, 1_000])), max_size=12
)


@settings(max_examples=300, deadline=None)
@given(MOVES, st.integers(1_000, 100_000))
def test_no_timing_of_steps_that_need_one_person_each_goes_deeper_than_one_step_that_needs_one(moves, first):
    timed = sorted(dict(moves).items(), reverse=True)
    assert fell(alone(timed, first)) <= 1_000


def params_of(rule):
    return st.builds(rule.params, **{name: values_for(spec) for name, spec in specs(rule.params).items()})


MINE = ("price_window", "price_band", "price_ending", "price_parity", "prior_price")
OTHER = MONEY.filter(lambda money: (money.currency, money.exponent) != ("EUR", 2))
SAID = {
    "price_window": {"no_window_baseline"},
    "price_band": {"band_not_comparable"},
    "price_ending": set(),
    "price_parity": set(),
    "prior_price": {"prior_price_unchecked", "reference_not_comparable"},
}


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(MINE), st.integers(1, 30_000), OTHER, OTHER, st.integers(0, 9_000))
def test_amounts_of_another_currency_or_exponent_are_never_compared(name, after, one, two, percent):
    """Whatever the numbers are, all that can be said is that nothing can."""
    known = PriceFacts(
        week=one, month=two, anchor=one, low=two, elsewhere=(("b", one), ("c", two)), starts_at=AT,
        goods=(Good(sku="A", price=one, low=eur(1), known_since=0),),
    )  # fmt: skip
    told = {"reference": two.wire(), "percent_bp": percent}
    sale = promotion({"percent_bp": percent, "skus": ["A"], "announced": told}, index=1, prices=known)
    about = facts(replace(price(after), prices=replace(known, starts_at=None, goods=())), sale)
    params = replace(RULES["price_band"].params(), bands=("EUR/3:1-2", "GBP/2:1-2")) if name == "price_band" else None
    found = RULES[name].judge(Case(about), params or RULES[name].params())
    assert {finding.code for finding in found} <= SAID[name]


@settings(max_examples=300, deadline=None)
@given(all_facts(), st.sampled_from(MINE), st.data())
def test_a_value_and_its_threshold_are_of_one_kind(about, name, data):
    for finding in RULES[name].judge(Case(about), data.draw(params_of(RULES[name]))):
        assert isinstance(finding.value, Money) <= (finding.unit == "money")
        if isinstance(finding.value, Money) and finding.threshold is not None:
            assert finding.value.comparable(finding.threshold)


@settings(max_examples=200, deadline=None)
@given(all_facts(), st.sampled_from(MINE), st.data())
def test_no_item_stands_twice_in_a_finding(about, name, data):
    for finding in RULES[name].judge(Case(about), data.draw(params_of(RULES[name]))):
        assert len(set(finding.items)) == len(finding.items)
