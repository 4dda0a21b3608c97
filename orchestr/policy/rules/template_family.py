"""How many items share one template family: one bad template spoils every page made with it."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.budgets.rolling import items_of_a_day
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule

NAME = "template_family"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    single_over_items: int = number(
        25, unit="items", tighter="lower", help="More items of one template family than this need one person."
    )
    dual_over_items: int = number(
        200, unit="items", tighter="lower", help="More items of one template family than this need two persons."
    )
    refuse_over_items: int | None = number(
        1000, unit="items", tighter="lower", optional=True, help="More items of one template family are refused."
    )
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among the two.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Counts this proposal, what waits and what went live within 24 hours, in whichever segments."""
    around = case.facts.around
    if around is None or not around.family:
        return ()
    count = items_of_a_day(case, "family", around.family)
    found = _effect(count, params)
    if found is None:
        return ()
    effect, threshold = found
    finding = Finding(
        rule=NAME,
        code="template_family",
        effect=effect,
        functions=() if effect == "single" else params.functions,
        value=count,
        threshold=threshold,
        unit="items",
        items=tuple(item.index for item in case.items),
        weight=BASE[effect],
        params={"family": around.family},
    )
    return (finding,)


def _effect(count: int, params: Params) -> tuple[Effect, int] | None:
    if params.refuse_over_items is not None and count > params.refuse_over_items:
        return "refuse", params.refuse_over_items
    if count > params.dual_over_items:
        return "dual", params.dual_over_items
    return ("single", params.single_over_items) if count > params.single_over_items else None


RULE = Rule(name=NAME, title="Items of one template family", params=Params, judge=judge)
