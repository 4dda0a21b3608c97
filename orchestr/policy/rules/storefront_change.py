"""How a collection is laid out: how many products change their place, and what the change hides or says besides."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Json

NAME = "storefront_change"
DEEPEST = 8  # what lies deeper in a layout is not read, and counts as text of any length


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    change_effect: Effect = effect("single", help="What follows for an order or a layout as such.")
    change_functions: tuple[str, ...] = functions("merchandising", help="Who must be among those who decide it.")
    dual_over_moved: int = number(
        100, unit="products", tighter="lower", help="More products than this in another place need two persons."
    )
    dual_over_dropped: int = number(
        5, unit="products", tighter="lower", help="More products than this that leave a collection need two persons."
    )
    dual_over_characters: int = number(
        80,
        unit="characters",
        tighter="lower",
        help="A text in a layout longer than this is copy: it needs two persons.",
    )
    unreadable_effect: Effect = effect("dual", help="What follows where an order or layout is taken away or not one.")
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among the two.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "items")
    for item in case.of("storefront"):
        tally.add("storefront_change", params.change_effect, item.index, functions=params.change_functions)
        if item.field == "order":
            _judge_order(item, tally, params)
        else:
            _judge_layout(item, tally, params)
    return tally.findings()


def _judge_order(item: ItemFacts, tally: Tally, params: Params) -> None:
    before, after = _products(item.before), _products(item.after)
    if after is None or (before is None and item.before is not None):
        tally.add("storefront_unreadable", params.unreadable_effect, item.index, functions=params.functions)
        return
    kept = set(after)
    stood = [one for one in before or () if one in kept]
    dropped = len(before or ()) - len(stood)
    for code, value, most in (
        ("products_moved", moved(stood, after), params.dual_over_moved),
        ("products_dropped", dropped, params.dual_over_dropped),
    ):
        if value > most:
            tally.add(code, "dual", item.index, functions=params.functions, value=value, threshold=most, severity=value)


def _judge_layout(item: ItemFacts, tally: Tally, params: Params) -> None:
    if not isinstance(item.after, Mapping):
        tally.add("storefront_unreadable", params.unreadable_effect, item.index, functions=params.functions)
        return
    longest = _longest(item.after, DEEPEST)
    if longest is None:
        tally.add("storefront_unreadable", params.unreadable_effect, item.index, functions=params.functions)
    elif longest > params.dual_over_characters:
        tally.add(
            "layout_text",
            "dual",
            item.index,
            functions=params.functions,
            value=longest,
            threshold=params.dual_over_characters,
            severity=longest,
        )


def moved(before: Sequence[str], after: Sequence[str]) -> int:
    """The fewest of these products that must be taken out and put elsewhere to come from one order to the other.

    The rest stand in both in one sequence: the longest rising one of their old places.
    """
    place = {one: number for number, one in enumerate(before)}
    ends: list[int] = []
    for rank in (place[one] for one in after if one in place):
        at = bisect_left(ends, rank)
        ends[at : at + 1] = [rank]
    return len(place) - len(ends)


def _products(value: object) -> list[str] | None:
    """The products of an order, each once; None where it is no order, or says more than one."""
    if not isinstance(value, Mapping) or set(value) != {"products"}:
        return None
    listed = value["products"]
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not all(isinstance(one, str) for one in listed):
        return None
    return list(listed) if len(set(listed)) == len(listed) else None


def _longest(value: Json, left: int) -> int | None:
    """The length of the longest text within, names included; None where it is nested deeper than anybody reads."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        parts: list[Json] = [*value, *value.values()]
    elif isinstance(value, Sequence):
        parts = list(value)
    else:
        return 0
    if left == 0:
        return None
    lengths = [_longest(part, left - 1) for part in parts]
    return None if None in lengths else max((each for each in lengths if each is not None), default=0)


RULE = Rule(
    name=NAME,
    title="Order and layout of collections",
    params=Params,
    judge=judge,
    judges=frozenset({"storefront"}),
)
