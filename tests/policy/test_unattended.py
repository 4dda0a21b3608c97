"""The worst unattended day, by tables and against trying every price."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.rule import Case
from orchestr.policy.ruleset import Policy
from orchestr.policy.unattended.asked import FIGURED, UNEVEN, Asked
from orchestr.policy.unattended.day import Reach, worst_day
from orchestr.policy.unattended.ladder import Ladders
from orchestr.policy.unattended.losses import Sale
from orchestr.policy.unattended.steps import Position
from tests.policy.adversary.worlds import loosened, priced, sold, who
from tests.policy.cases import AT, copy, eur, facts, price, stock


def one(position: Position, policy: Policy, *, sale: Sale | None = None, changes: int | None = 10) -> Any:
    reach = Reach(proposer=who(), positions=[position], changes_per_day=changes)
    return worst_day([reach], {position.sales[0]: sale or sold()}, policy, at=AT)


def test_under_the_default_policy_no_price_and_no_stock_goes_unattended() -> None:
    held = Position(item=stock(100, evidence=("now",)), sales=("SKU-0|web-de",))
    reach = Reach(proposer=who(), positions=[priced(), held], changes_per_day=None)
    found = worst_day([reach], {"SKU-0|web-de": sold()}, default_policy(), at=AT)
    assert (found.losses, found.open, found.deepest_bp) == ((), {}, 0)


def test_under_the_default_policy_copy_can_cost_what_stands_behind_it() -> None:
    text = Position(item=copy("A jacket.", evidence=("now",)), sales=("SKU-0|web-de",))
    (loss,) = one(text, default_policy()).losses
    assert (loss.revenue, loss.margin, loss.parts) == (100_000, 60_000, {"copy": (100_000, 60_000)})


def test_one_change_a_day_counts_twice_because_of_midnight() -> None:
    """Two steps of 1 %: 119.00 to 117.81 to 116.64 (nearest that passes), 2.36 gross on ten units."""
    (loss,) = one(priced(), loosened(price_change={"single_over_bp": 100}), changes=1).losses
    assert loss.revenue == loss.margin == -(-10 * (11_900 - 11_664) * 10_000 // 11_900) // 1


def test_the_day_stops_where_the_cumulative_limit_does() -> None:
    found = one(priced(), loosened(price_change={"single_over_bp": 100}), changes=None)
    assert found.deepest_bp == 1_000
    assert found.losses[0].revenue == 10_000


def test_a_workflow_that_is_not_trusted_loses_nothing() -> None:
    reach = Reach(proposer=who(stage="supervised"), positions=[priced()])
    assert (
        worst_day([reach], {"SKU-0|web-de": sold()}, loosened(price_change={"single_over_bp": 100}), at=AT).losses == ()
    )


def test_each_currency_stands_by_itself() -> None:
    pound = replace(sold(), price=replace(eur(11_900), currency="GBP"), cost=None)
    items = [priced(0), priced(1, currency="GBP", cost=None)]
    where = replace(items[1].item.address, currency="GBP")
    other = replace(items[1].item, before=pound.price, live=pound.price, after=pound.price, address=where)
    reach = Reach(proposer=who(), positions=[items[0], replace(items[1], item=other)])
    policy = loosened(price_change={"single_over_bp": 100}, cost={"unknown_effect": "info"})
    found = worst_day([reach], {"SKU-0|web-de": sold(), "SKU-1|web-de": pound}, policy, at=AT)
    assert [(loss.currency, loss.revenue) for loss in found.losses] == [("EUR", 10_000), ("GBP", 10_000)]


def test_prices_that_end_as_they_must_are_bounded_by_what_any_ending_could_reach() -> None:
    found = one(
        priced(),
        loosened(price_change={"single_over_bp": 100}, price_ending={"endings": ("99",), "other_effect": "refuse"}),
    )
    assert found.losses


# The oracle against trying every price.


@settings(deadline=None, max_examples=30)
@given(st.integers(20, 200), st.sampled_from([0, 100, 500, 2_000, 6_000]), st.sampled_from([500, 1_000, 5_000]))
def test_the_first_step_is_the_lowest_price_that_passes(now: int, single: int, day: int) -> None:
    policy = loosened(
        price_change={"single_over_bp": single, "dual_over_bp": 7_000},
        price_day={"dual_over_bp": day},
        blast_radius={"single_over_items": 999},
    )
    found = one(priced(gross=now, cost=eur(5, "excluded")), policy, sale=sold(1, gross=now, cost=5), changes=None)
    steps, standing, start = [], now, None
    while True:
        passing = [
            after
            for after in range(standing)
            if _passes(price(after, before=standing, day_start=start, cost=eur(5, "excluded")), policy)
        ]
        if not passing:
            break
        standing, start = passing[0], eur(now)
        steps.append(standing)
    whole = Fraction((now - standing) * 10_000, 11_900)
    assert sum(loss.revenue for loss in found.losses) == -(-whole.numerator // whole.denominator)


def _passes(item: Any, policy: Policy) -> bool:
    verdict = evaluate(facts(item, confidence_bp=10_000), policy)
    return not verdict.refused and verdict.tier == "none"


def ladder(item: Any, policy: Policy, *starts: tuple[Any, int]) -> Any:
    asked = Asked(policy, at=AT)
    return Ladders(asked).phases(item, starts, [asked.judges(item, who())])


def test_a_price_too_far_above_where_its_day_began_can_only_fall_to_within_that() -> None:
    """From 110.00 to 119.00 nothing passes, from 90.00 on it does; once the day is over, what stands counts."""
    policy = loosened(price_change={"single_over_bp": 3_000, "dual_over_bp": 4_000})
    first, last = ladder(priced().item, policy, (eur(10_000), 0), (None, 43_200))
    assert first.share == last.share == Fraction(1, 2)
    assert first.values == (9_000,)
    assert last.values[0] == 8_330


@pytest.mark.parametrize(("name", "code"), [("week", 500), ("month", 700), ("anchor", 900)])
def test_a_price_is_held_to_where_it_stood_a_week_and_a_month_ago(name: str, code: int) -> None:
    policy = loosened(
        price_change={"single_over_bp": 3_000, "dual_over_bp": 4_000},
        price_day={"dual_over_bp": 9_000, "refuse_over_bp": None},
        price_window={f"{name}_dual_over_bp": code, "refuse_over_bp": None},
    )
    for began in (12_000, 10_000):  # a little above where it stands, and far below
        (phase,) = ladder(replace(priced().item, prices=PriceFacts(**{name: eur(began)})), policy)
        assert phase.values[-1] == -(-began * (10_000 - code) // 10_000), began
    (phase,) = ladder(replace(priced().item, prices=PriceFacts(**{name: eur(11_900)})), policy)
    assert phase.values == (8_330,)  # the first step from where it stood is for the rule of one step


def test_of_several_pasts_the_one_that_leaves_least_counts() -> None:
    policy = loosened(
        price_change={"single_over_bp": 3_000, "dual_over_bp": 4_000},
        price_day={"dual_over_bp": 9_000, "refuse_over_bp": None},
        price_window={"week_dual_over_bp": 500, "month_dual_over_bp": 1_000, "refuse_over_bp": None},
    )
    (phase,) = ladder(replace(priced().item, prices=PriceFacts(week=eur(10_000), month=eur(10_800))), policy)
    assert phase.values[-1] == 9_720
    assert ladder(replace(priced().item, prices=PriceFacts(week=eur(5_000), month=eur(10_800))), policy) is None


def test_a_price_above_its_band_may_fall_into_it() -> None:
    policy = loosened(
        price_change={"single_over_bp": 3_000, "dual_over_bp": 4_000}, price_band={"bands": ("EUR/2:9000-10000",)}
    )
    (phase,) = ladder(priced().item, policy)
    assert phase.values[0] <= 9_000
    (within,) = ladder(priced(gross=9_500).item, policy)
    assert within.values == (9_000,)


def test_what_every_other_rule_says_is_the_same_at_any_amount() -> None:
    """So one question answers for all amounts of a kind: whatever is not among FIGURED judges none."""
    loose = [setting for setting in default_policy().settings if setting.rule.name not in FIGURED | UNEVEN]
    for make in (lambda n: price(n, net_revenue_7d=eur(9), prices=PriceFacts(week=eur(9_000))), stock):
        said = {
            tuple(
                (each.rule, each.code, each.effect)
                for setting in loose
                for each in setting.rule.judge(Case(facts(make(n))), setting.params)
            )
            for n in (1, 50, 4_000, 5_000, 9_999, 10_001, 20_000, 900_000)
        }
        assert len(said) == 1
