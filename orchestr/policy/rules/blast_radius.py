"""How much of a segment, on one channel, moves at once: this proposal with what waits and what went live."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule

NAME = "blast_radius"

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    single_over_items: int = number(
        50, unit="items", tighter="lower", help="More items than this in one segment on one channel need one person."
    )
    dual_over_items: int = number(
        200, unit="items", tighter="lower", help="More items than this in one segment on one channel need two persons."
    )
    refuse_over_items: int | None = number(
        1000, unit="items", tighter="lower", optional=True, help="More items than this are refused."
    )
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among the two.")


def reach(items: Iterable[ItemFacts]) -> dict[Cell, list[int]]:
    """The item indexes per (segment, channel), as the exposure ledger counts them.

    A field address counts once, however many systems are written for it.
    """
    cells: dict[Cell, list[int]] = {}
    seen: set[tuple[object, ...]] = set()
    for item in items:
        for segment in item.segments:
            place = (segment, item.channel, item.type, item.id, item.field, item.address)
            if place not in seen:
                seen.add(place)
                cells.setdefault((segment, item.channel), []).append(item.index)
    return cells


def judge(case: Case, params: Params) -> Iterable[Finding]:
    standing = {(one.segment, one.channel): one for one in case.facts.exposure}
    for cell, indexes in sorted(reach(case.items).items()):
        there = standing.get(cell)
        pending, live = (there.pending, there.live_24h) if there is not None else (0, 0)
        total = len(indexes) + pending + live
        if params.refuse_over_items is not None and total > params.refuse_over_items:
            effect, threshold = _over("refuse", params.refuse_over_items)
        elif total > params.dual_over_items:
            effect, threshold = _over("dual", params.dual_over_items)
        elif total > params.single_over_items:
            effect, threshold = _over("single", params.single_over_items)
        else:
            continue
        yield Finding(
            rule=NAME,
            code="blast_radius",
            effect=effect,
            functions=() if effect == "single" else params.functions,
            value=total,
            threshold=threshold,
            unit="items",
            items=tuple(indexes),
            weight=BASE[effect],
            params={
                "segment": cell[0],
                "channel": cell[1],
                "own": len(indexes),
                "pending": pending,
                "live_24h": live,
            },
        )


def _over(effect: Effect, threshold: int) -> tuple[Effect, int]:
    return effect, threshold


RULE = Rule(name=NAME, title="Items per segment and channel", params=Params, judge=judge)
