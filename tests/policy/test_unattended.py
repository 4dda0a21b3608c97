"""The worst unattended day: never exceeded by an adversary, and at most twice what it finds."""

import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.parameters import DECIDING_FUNCTIONS
from orchestr.policy.ruleset import Policy, Setting
from orchestr.policy.unattended import Reach, worst_day
from orchestr.policy.unattended_losses import Position, Sale
from orchestr.policy.unattended_steps import Proposer
from tests.policy.adversary import DAY, STRATEGIES, World, at_random, play
from tests.policy.cases import AT, copy, eur, facts, price, stock

NEVER = "class_ceiling"


def loosened(**changed: dict[str, Any]) -> Policy:
    """The default policy with these parameters, and without the rule that keeps prices attended for good."""
    kept = [setting for setting in default_policy().settings if setting.rule.name != NEVER]
    rows = (
        Setting(rule=setting.rule, params=replace(setting.params, **changed.get(setting.rule.name, {})))
        for setting in kept
    )
    return Policy(number=7, settings=tuple(rows), functions=DECIDING_FUNCTIONS)


def who(workflow: str = "clearance", stage: str = "trusted") -> Proposer:
    return Proposer(agent="repricer", workflow=workflow, stage=stage)


def sold(units: int = 10, *, gross: int = 11_900, cost: int | None = 4_000) -> Sale:
    """119.00 with 19 % tax: 100.00 net."""
    return Sale(units=units, price=eur(gross), tax_bp=1_900, cost=None if cost is None else eur(cost, "excluded"))


def priced(index: int = 0, *, gross: int = 11_900, **more: Any) -> Position:
    return Position(
        item=price(gross, before=gross, index=index, evidence=("now",), **more), sales=(f"SKU-{index}|web-de",)
    )


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


# The adversary.

GROSS = (199, 1_990, 9_999, 24_900)


def draw_world(chance: random.Random, *, one_price: bool = True) -> World:
    """Some SKUs in two segments on two channels, none sold below cost; one to three workflows; a policy loosened at random.

    With `one_price` a SKU costs the same on each channel, so that it does not matter which buyers find its stock gone.
    """
    sales, stocks, past = {}, {}, {}
    positions: dict[str, list[Position]] = {"a": [], "b": []}
    for number in range(chance.randint(1, 6)):
        segment = chance.choice("ab")
        sku, units = f"SKU-{number}", 0
        cost, everywhere = chance.randint(50, 9_000), chance.choice(GROSS)
        for channel in chance.sample(["web-de", "market"], k=chance.randint(1, 2)):
            key, gross = f"{sku}|{channel}", everywhere if one_price else chance.choice(GROSS)
            sales[key] = sold(chance.randint(0, 40), gross=gross, cost=min(cost, gross * 84 // 100))
            units += sales[key].units
            item = price(
                gross, before=gross, id=sku, segments=(segment,), channel=channel, evidence=("now",),
                address=replace(price(1).address, channel=channel), cost=eur(min(cost, gross * 84 // 100), "excluded"),
            )  # fmt: skip
            position = Position(item=item, sales=(key,))
            if chance.random() < 0.3:  # it moved within the day
                earlier = [(minute, eur(max(1, gross * chance.randint(85, 115) // 100))) for minute in (-1_000, -200)]
                past[position.key] = earlier
                marks = (0, *((minute + DAY) * 60 for minute, _ in earlier))
                values = (*(value for _, value in earlier), None)
                position = replace(position, starts=tuple(zip(values, marks, strict=True)))
            positions[segment].append(position)
        own = tuple(key for key in sales if key.startswith(f"{sku}|"))
        if chance.random() < 0.4:
            positions[segment].append(
                Position(item=copy("", id=f"page-{number}", segments=(segment,), evidence=("now",)), sales=own)
            )
        if chance.random() < 0.3:
            stocks[sku] = units + chance.randint(0, 20)
            item = stock(
                0,
                before=stocks[sku],
                id=sku,
                segments=(segment,),
                evidence=("now",),
                units_7d=None,
                reversibility="restore",
            )
            positions[segment].append(Position(item=item, sales=own))
    reaches = [
        Reach(
            proposer=who(f"flow-{number}", chance.choice(["trusted", "trusted", "trusted", "supervised"])),
            positions=[each for name in chance.choice(["a", "b", "ab"]) for each in positions[name]],
            changes_per_day=chance.choice([1, 2, 3, 5, 8, 20, None]),
        )
        for number in range(chance.randint(1, 3))
    ]
    return World(draw_policy(chance), reaches, sales, stocks, past)


def draw_policy(chance: random.Random) -> Policy:
    single = chance.choice([0, 50, 100, 250, 500, 1_000, 3_000])
    return loosened(
        price_change={"single_over_bp": single, "dual_over_bp": max(single, 4_000), "refuse_over_bp": None},
        price_day={"dual_over_bp": chance.choice([500, 1_000, 2_000, 9_000]), "refuse_over_bp": None},
        stock_change={"single_over_units": chance.choice([0, 0, 5, 50])},
        blast_radius={"single_over_items": chance.choice([1, 2, 4, 10, 50])},
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1), st.booleans())
@example(8_388_609, False)  # a price too far above where its day began: only what lies lower passes
def test_an_adversary_never_exceeds_the_bound_and_the_bound_is_at_most_twice_what_it_finds(
    seed: int, one_price: bool
) -> None:
    """More than eighty days in each world: two thousand in all. Who comes too late for a stock is taken to be the one
    who would have paid most, which no agent can arrange: so "at most twice" is asked where all pay the same."""
    chance = random.Random(seed)
    world = draw_world(chance, one_price=one_price)
    bound = world.bound()
    found = [Fraction(0), Fraction(0)]
    days = [(strategy, midnight) for strategy in STRATEGIES for midnight in (1, chance.randrange(DAY))]
    days += [(at_random, chance.choice([1, 600, DAY])) for _ in range(60)]
    for strategy, midnight in days:
        lost = play(world, strategy, midnight=midnight, seed=chance.randrange(2**32))
        for measure in (0, 1):
            assert lost[measure] <= bound[measure], (strategy, midnight, measure)
            found[measure] = max(found[measure], lost[measure])
    for measure in (0, 1):
        assert not one_price or bound[measure] <= 2 * found[measure] + 2, (measure, bound, found)
