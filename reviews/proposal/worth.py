"""What a change is worth: margins, floor and stock cover, from the facts that were judged."""

import json
from dataclasses import dataclass

from orchestr.policy.facts.proposal import Facts, ItemFacts
from orchestr.policy.pricing import lowest_price_bearing
from orchestr.policy.values import Json, Money
from orchestr.proposals.models import Verdict
from orchestr.proposals.submitting.figures import change_bp, margin_bp
from orchestr.rulebook.models import PolicyVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Shares in basis points, money in wire shape. What would tell the cost is None for who may not see it."""

    price: bool = False
    delta_bp: int | None = None
    margin_before_bp: int | None = None
    margin_after_bp: int | None = None
    margin_low: bool = False
    floor: Json = None
    floor_broken: bool = False
    map: Json = None
    cover_days: int | None = None
    units_7d: int | None = None


def worth_of(item: ItemFacts | None, floor_bp: int | None, *, sees_cost: bool) -> Worth:
    """`floor_bp` is the margin under which policy asks for two persons."""
    if item is None:
        return Worth()
    after = margin_bp(item, item.after) if sees_cost else None
    floor = _floor(item, floor_bp) if sees_cost else None
    return Worth(
        price=item.field_class == "price",
        delta_bp=change_bp(item),
        margin_before_bp=margin_bp(item, item.before) if sees_cost else None,
        margin_after_bp=after,
        margin_low=after is not None and floor_bp is not None and after < floor_bp,
        floor=floor,
        floor_broken=floor is not None and isinstance(item.after, Money) and item.after.amount < floor["amount"],
        map=item.minimum_price.wire() if item.minimum_price is not None and sees_cost else None,
        cover_days=_cover(item),
        units_7d=item.units_7d,
    )


def facts_of(verdict: Verdict | None) -> dict[int, ItemFacts]:
    if verdict is None:
        return {}
    return {item.index: item for item in Facts.from_wire(json.loads(bytes(verdict.facts))).items}


def floor_bp_of(verdict: Verdict | None) -> int | None:
    """The margin under which the policy of this verdict asks for two persons."""
    if verdict is None:
        return None
    rules = PolicyVersion.objects.filter(number=verdict.policy_number).values_list("rules", flat=True).first()
    for row in (rules or {}).get("rules", ()):
        if row["rule"] == "margin":
            floor = row["params"].get("dual_under_bp")
            return floor if isinstance(floor, int) else None
    return None


def _floor(item: ItemFacts, floor_bp: int | None) -> Json:
    """The lowest price that still bears the margin the policy asks for."""
    if floor_bp is None or item.cost is None or not isinstance(item.after, Money):
        return None
    if (item.cost.currency, item.cost.exponent) != (item.after.currency, item.after.exponent):
        return None
    tax_bp = item.tax_bp if item.after.tax == "included" else 0
    if tax_bp is None:
        return None
    lowest = lowest_price_bearing(item.cost, tax_bp=tax_bp, floor_bp=floor_bp)
    return None if lowest is None else item.after.wire() | {"amount": lowest}


def _cover(item: ItemFacts) -> int | None:
    """For how many days stock lasts at the sales of the last seven."""
    if item.stock is None or not item.units_7d:
        return None
    return item.stock * 7 // item.units_7d
