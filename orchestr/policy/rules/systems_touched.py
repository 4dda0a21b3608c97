"""A set that stands or falls together over many systems: each is one more that can fail halfway."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import functions, number
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule

NAME = "systems_touched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dual_over_systems: int = number(
        2, unit="systems", tighter="lower", help="More systems than this in a set that is all or compensated need two."
    )
    functions: tuple[str, ...] = functions("merchandising", help="Who must be among the two.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    if case.facts.atomicity != "all_or_compensate":
        return ()
    systems = {item.system for item in case.items}
    if len(systems) <= params.dual_over_systems:
        return ()
    finding = Finding(
        rule=NAME,
        code="many_systems",
        effect="dual",
        functions=params.functions,
        value=len(systems),
        threshold=params.dual_over_systems,
        unit="items",
        weight=BASE["dual"],
    )
    return (finding,)


RULE = Rule(name=NAME, title="Systems in one set", params=Params, judge=judge)
