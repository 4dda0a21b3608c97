"""Somebody must be able to put it back: the workflow's rollback owner, here, now.

Whether that person is on call in the next hours is the rota's to say; this rule knows rights, not shifts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule

NAME = "revert_cover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    uncovered_effect: Effect = effect(
        "single", help="What follows where the workflow's rollback owner is gone or may not put it back everywhere."
    )
    functions: tuple[str, ...] = functions(help="Who must be among those who decide then.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    around = case.facts.around
    cover = None if around is None else around.cover
    if cover is None or (cover.named and cover.active and cover.covers):
        return ()
    code = "revert_owner_gone"
    if cover.named and cover.active:
        code = "revert_right_missing"
    finding = Finding(
        rule=NAME,
        code=code,
        effect=params.uncovered_effect,
        functions=params.functions,
        weight=BASE[params.uncovered_effect],
    )
    return (finding,)


RULE = Rule(name=NAME, title="Who can put it back", params=Params, judge=judge)
