"""How many days of sales the stock that a change leaves would last."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.rule import Case, Rule, Tally

NAME = "stock_cover"
DAYS = 7
DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_under_days: int = number(
        2, unit="days", tighter="higher", maximum=3650, help="Taking stock away to a cover of less than this needs two."
    )
    dual_over_days: int = number(
        365, unit="days", tighter="lower", maximum=36_500, help="Adding stock to a cover of more than this needs two."
    )
    unsold_effect: Effect = effect("info", help="What follows where stock is added of what has not sold in seven days.")
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among the two.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """The cover is what is left ÷ (units sold in seven days ÷ 7). Where the units on hand everywhere are known, the
    changes of the proposal on all places are counted together; else each place stands for itself. Without known
    sales there is no cover to speak of."""
    items = case.of("stock")
    if not items:
        return []
    tally = Tally(NAME, "seconds")
    taken, added = _moved(items)
    for item in items:
        before, after, sold = item.before, item.after, item.units_7d
        if type(after) is not int or after < 0 or sold is None:
            continue
        takes = type(before) is not int or after < before
        adds = type(before) is not int or after > before
        low = after if item.stock is None else item.stock + taken.get(item.id, 0)
        high = after if item.stock is None else item.stock + added.get(item.id, 0)
        if adds and sold <= 0:
            tally.add("stock_unsold", params.unsold_effect, item.index)
        if sold <= 0:
            continue
        if takes and low * DAYS < params.dual_under_days * sold:
            lasts, limit = low * DAYS * DAY_S // sold, params.dual_under_days * DAY_S
            tally.add(
                "stock_cover_low",
                "dual",
                item.index,
                functions=params.functions,
                value=lasts,
                threshold=limit,
                severity=limit - lasts,
            )
        if adds and high * DAYS > params.dual_over_days * sold:
            lasts, limit = high * DAYS * DAY_S // sold, params.dual_over_days * DAY_S
            tally.add(
                "stock_cover_high",
                "dual",
                item.index,
                functions=params.functions,
                value=lasts,
                threshold=limit,
                severity=lasts - limit,
            )
    return tally.findings()


def _moved(items: Iterable[ItemFacts]) -> tuple[dict[str, int], dict[str, int]]:
    """By SKU, the units that all its changes take away (negative), and those they add: each apart, so that one
    place's gain excuses no other's loss. One value in several systems counts once, with its largest move."""
    moves: dict[tuple[str, object], tuple[int, int]] = {}
    for item in items:
        if type(item.after) is not int:
            continue
        move = item.after - (item.before if type(item.before) is int else 0)
        least, most = moves.get((item.id, item.address), (0, 0))
        moves[item.id, item.address] = (min(least, move), max(most, move))
    taken: dict[str, int] = {}
    added: dict[str, int] = {}
    for (id, _), (least, most) in moves.items():
        taken[id] = taken.get(id, 0) + least
        added[id] = added.get(id, 0) + most
    return taken, added


RULE = Rule(name=NAME, title="Stock cover", params=Params, judge=judge)
