"""The shops and policies that the adversary is let loose on."""

import random
from dataclasses import replace
from typing import Any

from orchestr.policy.default import default_policy
from orchestr.policy.parameters import DECIDING_FUNCTIONS
from orchestr.policy.ruleset import Policy, Setting
from orchestr.policy.unattended.asked import Proposer
from orchestr.policy.unattended.day import Reach
from orchestr.policy.unattended.losses import Sale
from orchestr.policy.unattended.steps import Position
from orchestr.policy.unattended.windows import of_the_day
from tests.policy.adversary.day import DAY, World, steps_of_history
from tests.policy.cases import AT, copy, eur, price, stock

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


GROSS = (199, 1_990, 9_999, 24_900)


def draw_world(chance: random.Random, *, one_price: bool = True) -> World:
    """Some SKUs in two segments on two channels, none sold below cost; one to three workflows; a policy loosened at random.

    With `one_price` a SKU costs the same on each channel, so that it does not matter which buyers find its stock gone.
    """
    sales, stocks, past = {}, {}, {}
    remembers = chance.random() < 0.6
    positions: dict[str, list[Position]] = {"a": [], "b": []}
    for number in range(chance.randint(1, 6)):
        segment = chance.choice("ab")
        sku, units = f"SKU-{number}", 0
        cost, everywhere = chance.randint(50, 9_000), chance.choice(GROSS)
        for channel in chance.sample(["web-de", "market"], k=chance.randint(1, 2)):
            key, gross = f"{sku}|{channel}", everywhere if one_price else chance.choice(GROSS)
            weekly = chance.randint(0, 93)
            sales[key] = sold(-(-weekly * 3 // 7), gross=gross, cost=min(cost, gross * 84 // 100))
            units += sales[key].units
            item = price(
                gross, before=gross, id=sku, segments=(segment,), channel=channel, evidence=("now",),
                address=replace(price(1).address, channel=channel), cost=eur(min(cost, gross * 84 // 100), "excluded"), units_7d=weekly,
                net_revenue_7d=eur(weekly * gross * 100 // 119, "excluded") if chance.random() < 0.9 else None,
            )  # fmt: skip
            position = Position(item=item, sales=(key,))
            if chance.random() < 0.3:  # it moved within the day
                earlier = [(minute, eur(max(1, gross * chance.randint(85, 115) // 100))) for minute in (-1_000, -200)]
                past[position.key] = earlier
                marks = (0, *((minute + DAY) * 60 for minute, _ in earlier))
                values = (*(value for _, value in earlier), None)
                position = replace(position, starts=tuple(zip(values, marks, strict=True)))
            if remembers:
                earlier = past.setdefault(position.key, [])
                for day in chance.sample(range(2, 40), k=chance.choice([0, 0, 1, 2])):
                    earlier.append((-day * DAY + chance.randrange(DAY), eur(gross * chance.randint(90, 108) // 100)))
                earlier.sort(key=lambda move: move[0])
                known = of_the_day(steps_of_history(earlier, eur(gross)), at=AT, now=eur(gross))
                position = replace(position, item=replace(position.item, prices=known))
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
    return World(draw_policy(chance), reaches, sales, stocks, past, remembers)


def draw_policy(chance: random.Random) -> Policy:
    single = chance.choice([0, 50, 100, 250, 500, 1_000, 3_000])
    return loosened(
        price_change={"single_over_bp": single, "dual_over_bp": max(single, 4_000), "refuse_over_bp": None},
        price_day={"dual_over_bp": chance.choice([500, 1_000, 2_000, 9_000]), "refuse_over_bp": None},
        stock_change={"single_over_units": chance.choice([0, 0, 5, 50])},
        blast_radius={"single_over_items": chance.choice([1, 2, 4, 10, 50])},
        price_window={
            "week_dual_over_bp": chance.choice([500, 1_000, 3_000, 9_000]),
            "month_dual_over_bp": chance.choice([500, 1_000, 9_000]),
            "anchor_dual_over_bp": chance.choice([800, 9_000]),
            "refuse_over_bp": None,
        },
        budget_agent=_budget(chance),
        budget_segment=_budget(chance),
        budget_sku={"margin_day": (eur(chance.choice([2_000, 90_000, 10**9]), "excluded"),)},
    )


def _budget(chance: random.Random) -> dict[str, Any]:
    return {
        "margin_day": (eur(chance.choice([1_000, 20_000, 400_000, 10**9]), "excluded"),),
        "revenue_day": (eur(chance.choice([50_000, 1_000_000, 10**9, 10**9]), "excluded"),),
    }
