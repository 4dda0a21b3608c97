"""Whether the system itself refuses to overwrite what it does not hold any more."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect
from orchestr.policy.rule import Case, Rule, Tally

NAME = "native_compare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    read_compare_effect: Effect = effect(
        "info", help="What follows where we read and compare ourselves just before the write."
    )
    none_effect: Effect = effect("single", help="What follows where nothing can be compared.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME)
    for item in case.items:
        if item.guarantee == "none":
            tally.add("no_compare", params.none_effect, item.index)
        elif item.guarantee == "read_compare":
            tally.add("no_native_compare", params.read_compare_effect, item.index)
    return tally.findings()


RULE = Rule(name=NAME, title="Compare before write", params=Params, judge=judge)
