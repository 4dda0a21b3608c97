"""Another proposal wants the same value, or a change of it is scheduled: people choose between them."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions
from orchestr.policy.rule import Case, Rule, Tally

NAME = "open_conflict"
MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    open_effect: Effect = effect("single", help="What follows where another open proposal changes the same value.")
    scheduled_effect: Effect = effect("single", help="What follows where another value is set to begin later.")
    functions: tuple[str, ...] = functions(help="Who must be among those who decide then.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """What this very submission supersedes is no conflict: it ends."""
    around = case.facts.around
    if around is None or not (around.others or around.scheduled):
        return ()
    tally = Tally(NAME)
    here = {item.index for item in case.items}
    standing = [each for each in around.others if each.open and each.addresses and not each.superseded]
    standing.sort(key=lambda each: each.proposal)
    named = [each.proposal for each in standing[:MOST_NAMED]]
    for index in sorted(here.intersection(index for each in standing for index in each.addresses)):
        tally.add(
            "open_conflict",
            params.open_effect,
            index,
            functions=params.functions,
            params={"proposals": named, "count": len(standing)},
        )
    for index in sorted(here.intersection(around.scheduled)):
        tally.add("scheduled_conflict", params.scheduled_effect, index, functions=params.functions)
    return tally.findings()


RULE = Rule(name=NAME, title="Conflict with other work", params=Params, judge=judge)
