"""Autonomy is earned: below the stage `trusted` nothing of a workflow is published unattended."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule

NAME = "stage"
UNATTENDED = "trusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    functions: tuple[str, ...] = functions(help="Who must look at what a workflow proposes below that stage.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    stage = case.facts.stage
    if stage is None or stage == UNATTENDED:
        return ()
    finding = Finding(
        rule=NAME,
        code="stage_supervised",
        effect="single",
        functions=params.functions,
        value=stage,
        unit="text",
        weight=BASE["single"],
    )
    return (finding,)


RULE = Rule(name=NAME, title="Autonomy stage", params=Params, judge=judge, excepted_by=())
