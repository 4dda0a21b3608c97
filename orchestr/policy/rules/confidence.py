"""An agent that is not sure goes to people."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, number
from orchestr.policy.pricing import WHOLE
from orchestr.policy.risk import BASE
from orchestr.policy.rule import Case, Rule

NAME = "confidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    single_under_bp: int = number(
        8000, unit="bp", tighter="higher", maximum=WHOLE, help="A confidence of less than this needs one person."
    )
    dual_under_bp: int = number(
        5000, unit="bp", tighter="higher", maximum=WHOLE, help="A confidence of less than this needs two persons."
    )
    unstated_effect: Effect = effect("single", help="What follows where an agent states no confidence.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """People are not asked how sure they are; agents are."""
    stated = case.facts.confidence_bp
    if stated is None:
        if case.facts.proposer_kind == "agent":
            yield Finding(
                rule=NAME,
                code="confidence_unstated",
                effect=params.unstated_effect,
                weight=BASE[params.unstated_effect],
            )
        return
    effect: Effect
    if stated < params.dual_under_bp:
        effect, threshold = "dual", params.dual_under_bp
    elif stated < params.single_under_bp:
        effect, threshold = "single", params.single_under_bp
    else:
        return
    yield Finding(
        rule=NAME,
        code="low_confidence",
        effect=effect,
        value=stated,
        threshold=threshold,
        unit="bp",
        weight=BASE[effect],
    )


RULE = Rule(name=NAME, title="Confidence", params=Params, judge=judge)
