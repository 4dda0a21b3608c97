"""Whether a change of copy gives any text at all."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect
from orchestr.policy.rule import Case, Rule, Tally

NAME = "copy_given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    change_effect: Effect = effect("info", help="What follows for copy as such, before claims are looked for.")
    removed_effect: Effect = effect("single", help="What follows where copy is emptied or taken away.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME)
    for item in case.of("copy"):
        if item.after is None or (isinstance(item.after, str) and not item.after.strip()):
            tally.add("copy_removed", params.removed_effect, item.index)
        elif not isinstance(item.after, str):
            tally.add("copy_not_text", "refuse", item.index)
        else:
            tally.add("copy_change", params.change_effect, item.index)
    return tally.findings()


RULE = Rule(name=NAME, title="Copy is given", params=Params, judge=judge, judges=frozenset({"copy"}))
