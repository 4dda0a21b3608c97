"""Outside a site's business hours fewer people watch: what moves money then is looked at first."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.rule import Case, Rule, Tally

NAME = "time_of_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    lead_s: int = number(
        0, unit="seconds", tighter="higher", maximum=86_400, help="How long before closing counts as closed already."
    )
    outside_effect: Effect = effect("single", help="What follows for a price, stock or promotion outside hours.")
    copy_effect: Effect = effect("info", help="What follows for copy outside business hours.")
    functions: tuple[str, ...] = functions(help="Who must be among those who decide outside business hours.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Hours, workdays and holidays are the site's own, in its zone. What names no channel concerns every site."""
    around = case.facts.around
    if around is None or not around.hours:
        return ()
    closed = {site.channel for site in around.hours if site.open_left_s <= params.lead_s}
    if not closed:
        return ()
    tally = Tally(NAME, "text")
    for item in case.items:
        if item.channel in closed or not item.channel:
            where = item.channel or min(closed)
            effect = params.copy_effect if item.field_class == "copy" else params.outside_effect
            tally.add("outside_hours", effect, item.index, functions=params.functions, value=where)
    return tally.findings()


RULE = Rule(name=NAME, title="Time of day", params=Params, judge=judge)
