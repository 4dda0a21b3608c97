"""What is stopped right now. By itself a freeze decides nothing: executions wait, proposals stay as they are."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule

NAME = "freeze"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    effect: Effect = effect("info", help="What follows while a freeze stands; `info` only says that it will be held.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    here = {item.index for item in case.items}
    for freeze in sorted(case.facts.freezes, key=lambda freeze: (freeze.kind, freeze.key)):
        items = tuple(sorted(here.intersection(freeze.items)))
        if freeze.items and not items:
            continue  # it stops none of these items
        yield Finding(
            rule=NAME,
            code="frozen",
            effect=params.effect,
            value=freeze.kind if freeze.kind == "all" else f"{freeze.kind}:{freeze.key}",
            unit="text",
            items=items,
            weight=BASE[params.effect],
        )


RULE = Rule(name=NAME, title="Freezes", params=Params, judge=judge, excepted_by=())
