"""Splitting one large change into many small ones never ends with less control than the budgets allow."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.budgets.standing import NOTHING, Purse, Scope, StandingFacts, Taken, TotalFacts
from orchestr.policy.budgets.uses import uses_of
from orchestr.policy.facts.around import Around
from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import RANK
from orchestr.policy.rule import Case
from orchestr.policy.rules import RULES
from orchestr.policy.values import Money
from tests.policy.cases import eur, facts, price

BUDGETS = ("budget_agent", "budget_segment", "budget_sku")
TOTALS = (TotalFacts(segment="apparel/jackets", channel="web-de", currency="EUR", exponent=2, revenue=50_000),)


class Ledger:
    """What the exposure ledger would hold: every use of whatever was submitted before, waiting or live."""

    def __init__(self) -> None:
        self.held: dict[tuple[Scope, Purse], list[Taken]] = {}

    def standing(self, live: Sequence[bool]) -> tuple[StandingFacts, ...]:
        rows = []
        for (scope, purse), uses in self.held.items():
            waiting = [use for n, use in enumerate(uses) if not live[n % len(live)]]
            went = [use for n, use in enumerate(uses) if live[n % len(live)]]
            rows.append(
                StandingFacts(
                    scope=scope, purse=purse, pending=added(waiting), live_24h=added(went), live_7d=added(went)
                )
            )
        return tuple(rows)

    def take(self, items: Sequence[ItemFacts]) -> None:
        for scope, purses in uses_of(facts(*items), "").items():
            for purse, use in purses.items():
                self.held.setdefault((scope, purse), []).append(Taken(use.items, use.revenue, use.margin))


def added(uses: Sequence[Taken]) -> Taken:
    return Taken(*(sum(part) for part in zip(*uses, strict=True))) if uses else NOTHING


def control(items: Sequence[ItemFacts], rule: str, standing: tuple[StandingFacts, ...] = (), **params: object) -> int:
    """How strict this rule is with these items: the rank of the strictest effect, −1 where it says nothing."""
    about = replace(facts(*items), around=Around(standing=standing, totals=TOTALS))
    found = RULES[rule].judge(Case(about), replace(RULES[rule].params(), **params))
    return max((RANK[finding.effect] for finding in found), default=-1)


def limits(items: int, money: int, rule: str) -> dict[str, object]:
    amounts = (Money(money, "EUR", 2, "excluded"),)
    params: dict[str, object] = {"items_day": items, "items_week": items, "margin_day": amounts, "margin_week": amounts}
    return params if rule == "budget_sku" else params | {"revenue_day": amounts, "revenue_week": amounts}


ITEMS = st.lists(
    st.builds(
        lambda after, before, units, revenue: price(
            after, before=before, units_7d=units, net_revenue_7d=eur(revenue, "excluded")
        ),
        st.integers(1, 9_999),
        st.integers(5_000, 12_000),
        st.integers(0, 50),
        st.integers(0, 9_000),
    ),
    min_size=1,
    max_size=8,
).map(lambda items: [replace(item, index=n, id=f"SKU-{n}") for n, item in enumerate(items)])
LIVE = st.lists(st.booleans(), min_size=1, max_size=8)


@settings(max_examples=300, deadline=None)
@given(ITEMS, LIVE, st.sampled_from(BUDGETS), st.integers(0, 8), st.integers(0, 200_000))
def test_many_proposals_of_one_item_end_as_strictly_as_one_of_many(items, live, rule, count, money):
    params = limits(count, money, rule)
    whole = control(items, rule, **params)
    ledger, strictest = Ledger(), -1
    for item in items:
        strictest = max(strictest, control([replace(item, index=0)], rule, ledger.standing(live), **params))
        ledger.take([item])
    assert strictest >= whole


@settings(max_examples=300, deadline=None)
@given(ITEMS, LIVE, st.integers(1, 8), st.integers(0, 10_000))
def test_the_share_of_revenue_is_the_same_however_it_is_split(items, live, from_items, single):
    params = {"from_items": from_items, "single_over_bp": single, "dual_over_bp": single * 2}
    whole = control(items, "revenue_share", **params)
    ledger, strictest = Ledger(), -1
    for item in items:
        here = control([replace(item, index=0)], "revenue_share", ledger.standing(live), **params)
        strictest = max(strictest, here)
        ledger.take([item])
    # An item that sells nothing moves no share, but counts among the items: the last one to sell may come before it.
    if items[-1].net_revenue_7d != eur(0, "excluded"):
        assert strictest >= whole


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(1, 12_000), min_size=1, max_size=40, unique=True),
    st.integers(1, 50),
    st.integers(0, 50_000),
    LIVE,
)
def test_a_price_cut_in_many_steps_gives_up_no_less_margin_than_in_one(stops, units, money, live):
    amounts = [12_001, *sorted(stops, reverse=True)]
    params = limits(10**6, money, "budget_sku")
    whole = control([price(amounts[-1], before=amounts[0], units_7d=units)], "budget_sku", **params)
    ledger, strictest = Ledger(), -1
    for before, after in pairwise(amounts):
        step = [price(after, before=before, units_7d=units)]
        strictest = max(strictest, control(step, "budget_sku", ledger.standing(live), **params))
        ledger.take(step)
    assert strictest >= whole


def test_forty_steps_of_two_per_cent_meet_the_budget_of_the_sku_on_the_way():
    ledger, amount, steps = Ledger(), 10_000, 0
    for steps in range(1, 41):
        item = [price(amount * 98 // 100, before=amount, units_7d=10)]
        if control(item, "budget_sku", ledger.standing([True])) >= RANK["dual"]:
            break
        ledger.take(item)
        amount = amount * 98 // 100
    assert steps == 21  # twenty changes of one SKU in a day, and no more
