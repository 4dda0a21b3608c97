"""What a proposal takes of the rolling budgets.

A use counts against an agent, a segment on a channel, a SKU or a template family. Money is in minor units, net of
tax: `revenue` is what the items sold in the last 7 days, `margin` what a price cut gives up in 7 days at that pace.
The exposure ledger keeps the uses, so that fifty small proposals weigh as much as one large one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestr.policy.budgets.standing import Purse, Scope, Taken
from orchestr.policy.facts.proposal import Facts, ItemFacts
from orchestr.policy.values import Money


@dataclass(slots=True)
class Use:
    """What this proposal takes of one purse, by which of its items."""

    items: int
    revenue: int
    margin: int
    indexes: list[int]


Uses = Mapping[Scope, Mapping[Purse, Use]]


def uses_of(facts: Facts, family: str = "") -> Uses:
    """What a proposal takes, by scope and purse.

    A field address counts once, however many systems are written for it; a thing's revenue counts once for each
    channel, however many of its fields change. A person's proposal takes of no agent's budget.
    """
    found: dict[Scope, dict[Purse, Use]] = {"agent": {}, "segment": {}, "sku": {}, "family": {}}
    places: dict[tuple[object, ...], int] = {}
    earning: set[tuple[str, str]] = set()
    agent = facts.proposer if facts.proposer_kind == "agent" else None
    for item in sorted(facts.items, key=lambda each: each.index):
        place = (item.type, item.id, item.field, item.address)
        margin = margin_given_up(item)
        before = places.get(place)
        places[place] = max(margin, before or 0)
        # One value in two systems: the deeper of the two cuts counts, and counts once.
        counted, margin = (1, margin) if before is None else (0, max(0, margin - before))
        revenue = item.net_revenue_7d
        earns = max(0, revenue.amount) if revenue is not None and (item.id, item.channel) not in earning else 0
        if revenue is not None:
            earning.add((item.id, item.channel))
        for (currency, exponent), taken in _by_currency(item, Taken(counted, earns, margin)):
            _note(found["sku"], Purse(item.id, "", currency, exponent), taken, item.index)
            if agent is not None:
                _note(found["agent"], Purse(agent, "", currency, exponent), taken, item.index)
            if family:
                _note(found["family"], Purse(family, "", currency, exponent), taken, item.index)
            for segment in item.segments:
                _note(found["segment"], Purse(segment, item.channel, currency, exponent), taken, item.index)
    return found


def margin_given_up(item: ItemFacts) -> int:
    """What a price cut gives up in 7 days at the last week's pace, net of tax, rounded up; 0 for anything else.

    Rounded up, so that the parts of a cut never give up less than the whole of it.
    """
    before, after = item.before, item.after
    if item.field_class != "price" or not isinstance(before, Money) or not isinstance(after, Money):
        return 0
    if not before.comparable(after) or after.amount >= before.amount or not item.units_7d or item.units_7d < 0:
        return 0
    lost = (before.amount - after.amount) * item.units_7d
    if before.tax == "included":
        return -(-lost * 10_000 // (10_000 + (item.tax_bp or 0)))
    return lost


def _by_currency(item: ItemFacts, taken: Taken) -> list[tuple[tuple[str, int], Taken]]:
    """Revenue and margin each under its own currency, which is nearly always one; the item counts once."""
    revenue = None if item.net_revenue_7d is None else (item.net_revenue_7d.currency, item.net_revenue_7d.exponent)
    price = next(
        ((value.currency, value.exponent) for value in (item.before, item.after) if type(value) is Money), None
    )
    if revenue is None or price is None or revenue == price:
        return [(revenue or price or ("", 0), taken)]
    parts = [(revenue, taken._replace(margin=0))]
    if taken.margin:
        parts.append((price, Taken(0, 0, taken.margin)))
    return parts


def _note(purses: dict[Purse, Use], purse: Purse, taken: Taken, index: int) -> None:
    use = purses.get(purse)
    if use is None:
        purses[purse] = Use(taken.items, taken.revenue, taken.margin, [index])
        return
    use.items += taken.items
    use.revenue += taken.revenue
    use.margin += taken.margin
    use.indexes.append(index)
