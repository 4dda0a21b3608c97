"""Whether the value is still what the proposal starts from."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect
from orchestr.policy.rule import Case, Rule, Tally

NAME = "drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    moved_effect: Effect = effect(
        "info", help="What follows where the live value is another. Execution writes nothing over it in any case."
    )
    idle_effect: Effect = effect("info", help="What follows where before and after are the same.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME)
    for item in case.items:
        if item.live_known and item.live != item.before:
            tally.add("live_differs", params.moved_effect, item.index)
        if item.after == item.before:
            tally.add("changes_nothing", params.idle_effect, item.index)
    return tally.findings()


RULE = Rule(name=NAME, title="Still true", params=Params, judge=judge)
