"""What the systems disagree about is looked at by people before it is built on."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.facts.disagreement import DisagreementFacts
from orchestr.policy.facts.item import value_wire
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.values import Json, canonical

NAME = "systems_disagree"
_COPY = ("copy", "storefront")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    copy_effect: Effect = effect(
        "single",
        help="What follows for copy, and for the order and layout of a collection, that systems disagree about.",
    )
    evidence_effect: Effect = effect(
        "dual", help="What follows where systems disagree about a value that is evidence alone; for copy, copy_effect."
    )
    effect: Effect = effect(
        "dual", help="What follows where systems disagree about a price, a stock, a promotion or any other value."
    )
    functions: tuple[str, ...] = functions(help="Who must be among those who decide then.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """A value that is changed concerns its own changes; one that is evidence alone concerns every change."""
    around = case.facts.around
    if around is None or not around.disagreements:
        return ()
    tally = Tally(NAME)
    for odds in sorted(around.disagreements, key=lambda each: canonical(each.to_wire())):
        names, told = params.functions, _told(odds, case.facts.at)
        for item in case.items:
            copy = item.field_class in _COPY
            if item.index in odds.items:
                follows = params.copy_effect if copy else params.effect
                tally.add("systems_disagree", follows, item.index, functions=names, params=told)
            elif not odds.items:
                follows = params.copy_effect if copy else params.evidence_effect
                tally.add("evidence_disagrees", follows, item.index, functions=names, params=told)
    return tally.findings()


def _told(odds: DisagreementFacts, at: int) -> dict[str, Json]:
    """Ages in whole seconds; what is withheld is told without its values."""
    said: list[Json] = [
        {"system": each.system, "age_s": max(0, at - each.observed_at)}
        | ({} if odds.withheld or each.value is None else {"value": value_wire(each.value)})
        for each in sorted(odds.said, key=lambda each: each.system)
    ]
    return {"thing": odds.thing, "field": odds.field, "said": said}


RULE = Rule(name=NAME, title="Systems that disagree", params=Params, judge=judge)
