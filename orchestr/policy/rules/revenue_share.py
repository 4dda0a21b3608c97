"""What share of a segment's revenue, on one channel, moves at once: this with what waits and what went live."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.budgets.standing import Purse, TotalFacts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule

NAME = "revenue_share"
WHOLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    from_items: int = number(
        50, unit="items", tighter="lower", help="Fewer items at once than this are judged one by one alone."
    )
    single_over_bp: int = number(
        2500, unit="bp", tighter="lower", help="More of a segment's revenue of 7 days than this needs one person."
    )
    dual_over_bp: int = number(
        5000, unit="bp", tighter="lower", help="More of a segment's revenue of 7 days than this needs two persons."
    )
    refuse_over_bp: int | None = number(
        None, unit="bp", tighter="lower", optional=True, help="More of a segment's revenue than this is refused."
    )
    functions: tuple[str, ...] = functions("merchandising", "finance", help="Who must be among the two.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    around = case.facts.around
    if around is None or not around.totals:
        return
    totals = _totals(around.totals)
    standing = {row.purse: row for row in around.standing if row.scope == "segment"}
    uses = case.uses["segment"]
    items = _items_by_place(case)
    for purse in sorted(uses):
        total = totals.get(purse, 0)
        use, there = uses[purse], standing.get(purse)
        if total <= 0 or use.revenue <= 0:
            continue
        moving, count = use.revenue, items[purse[:2]]
        if there is not None:
            moving += there.pending.revenue + there.live_24h.revenue
        if count < params.from_items:
            continue
        share = -(-moving * WHOLE // total)
        found = _effect(share, params)
        if found is None:
            continue
        effect, threshold = found
        yield Finding(
            rule=NAME,
            code="revenue_share",
            effect=effect,
            functions=() if effect == "single" else params.functions,
            value=share,
            threshold=threshold,
            unit="bp",
            items=tuple(sorted(set(use.indexes))),
            weight=BASE[effect],
            params={"segment": purse.key, "channel": purse.channel, "currency": purse.currency},
        )


def _effect(share: int, params: Params) -> tuple[Effect, int] | None:
    if params.refuse_over_bp is not None and share > params.refuse_over_bp:
        return "refuse", params.refuse_over_bp
    if share > params.dual_over_bp:
        return "dual", params.dual_over_bp
    return ("single", params.single_over_bp) if share > params.single_over_bp else None


def _totals(rows: Iterable[TotalFacts]) -> dict[Purse, int]:
    """By purse; what applies to no one channel is measured against all of them."""
    found: dict[Purse, int] = {}
    for row in rows:
        for channel in (row.channel, ""):
            purse = Purse(row.segment, channel, row.currency, row.exponent)
            found[purse] = found.get(purse, 0) + row.revenue
    return found


def _items_by_place(case: Case) -> dict[tuple[str, str], int]:
    """Items that move at once in each segment on each channel, of all currencies, with what stands."""
    found: dict[tuple[str, str], int] = {}
    for purse, use in case.uses["segment"].items():
        found[purse[:2]] = found.get(purse[:2], 0) + use.items
    around = case.facts.around
    for row in around.standing if around is not None else ():
        if row.scope == "segment" and row.purse[:2] in found:
            found[row.purse[:2]] += row.pending.items + row.live_24h.items
    return found


RULE = Rule(name=NAME, title="Share of a segment's revenue", params=Params, judge=judge)
