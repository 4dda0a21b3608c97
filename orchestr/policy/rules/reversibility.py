"""What cannot be put back needs two persons beforehand."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions
from orchestr.policy.rule import Case, Rule, Tally

NAME = "reversibility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    irreversible_effect: Effect = effect("dual", help="What follows where a change cannot be put back.")
    compensate_effect: Effect = effect(
        "single", help="What follows where putting back means posting a document against it."
    )
    functions: tuple[str, ...] = functions(help="Who must be among those who decide what cannot be put back.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME)
    for item in case.items:
        if item.reversibility == "irreversible":
            tally.add("irreversible", params.irreversible_effect, item.index, functions=params.functions)
        elif item.reversibility == "compensate":
            tally.add("compensated_only", params.compensate_effect, item.index)
    return tally.findings()


RULE = Rule(name=NAME, title="Can it be put back", params=Params, judge=judge)
