"""What a queue row shows of a proposal, worked out once at submit from the facts that were judged."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy import pricing
from orchestr.policy.facts.proposal import Facts, ItemFacts
from orchestr.policy.values import Json, Money

HOURS_IN_7_DAYS = 168


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`largest_bp` is signed; margin is after tax, on the price afterwards; revenue is net, per hour."""

    intent: str
    largest_bp: int | None
    lowest_margin_bp: int | None
    revenue_per_hour: dict[str, Json] | None


def figures_of(facts: Facts) -> Figures:
    moves = [move for item in facts.items if (move := change_bp(item)) is not None]
    margins = [margin for item in facts.items if (margin := margin_bp(item, item.after)) is not None]
    return Figures(
        intent=_intent(facts.items),
        largest_bp=max(moves, key=abs, default=None),
        lowest_margin_bp=min(margins, default=None),
        revenue_per_hour=_revenue(facts.items),
    )


def change_bp(item: ItemFacts) -> int | None:
    """after ÷ before − 1 in basis points, for amounts and counts; None where that means nothing."""
    before, after = item.before, item.after
    if isinstance(before, Money) and isinstance(after, Money) and before.comparable(after) and before.amount > 0:
        return (after.amount - before.amount) * 10_000 // before.amount
    if item.kind == "integer" and isinstance(before, int) and isinstance(after, int) and before > 0:
        return (after - before) * 10_000 // before
    return None


def margin_bp(item: ItemFacts, price: object) -> int | None:
    """The margin that policy judges by, of this price; None where it cannot be said."""
    if item.field_class != "price" or not isinstance(price, Money) or item.cost is None:
        return None
    if price.tax == "included" and item.tax_bp is None:
        return None
    return pricing.margin_bp(price, item.cost, item.tax_bp or 0)


def _intent(items: Iterable[ItemFacts]) -> str:
    """A code for what this does; the sentence is made where it is shown."""
    kinds = {item.field_class for item in items}
    if len(kinds) != 1:
        return "mixed"
    (kind,) = kinds
    if kind not in ("price", "stock"):
        return f"{kind}_change"
    moves = {move > 0 for item in items if (move := change_bp(item)) is not None}
    if moves == {True}:
        return f"{kind}_up"
    return f"{kind}_down" if moves == {False} else f"{kind}_change"


def _revenue(items: Iterable[ItemFacts]) -> dict[str, Json] | None:
    sold = {(item.id, item.channel): item.net_revenue_7d for item in items if item.net_revenue_7d is not None}
    amounts = list(sold.values())
    if not amounts:
        return None
    first = amounts[0]
    same = [amount.amount for amount in amounts if amount.comparable(first)]
    if len(same) < len(amounts):  # several currencies: no one sum is true
        return None
    return Money(sum(same) // HOURS_IN_7_DAYS, first.currency, first.exponent, first.tax).wire()
