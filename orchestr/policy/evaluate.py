"""Facts and a policy in, a verdict out. Nothing else: no clock, no database, no words."""

from collections.abc import Sequence

from orchestr.policy.bounds import bounded
from orchestr.policy.exceptions import cover
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import RANK, Finding, Tier, Verdict
from orchestr.policy.layers.judge import Layered, judge_variant
from orchestr.policy.quorum import can_be_met, persons_needed
from orchestr.policy.risk import BASE, risk_of
from orchestr.policy.rule import Case
from orchestr.policy.ruleset import Policy

_TIERS: tuple[Tier, ...] = ("none", "single", "dual", "dual")


def evaluate(facts: Facts, policy: Policy) -> Verdict:
    """Judge a proposal under every rule of the policy; the strictest wins.

    The same inputs give the same verdict byte for byte, in whatever order items and rules stand. Never
    raises: what fails in judging becomes a `rule_error` finding at the strictest tier, and so does a
    class of change that no rule of this policy judges. Nothing that people could not decide is let wait.
    """
    try:
        case = Case(facts)
        findings = _judged(case, policy)
        findings += bounded(case, findings)
    except Exception as error:  # facts too broken to sort: nobody may act on them unattended
        findings = [_error("facts", error, policy)]
    return summed(facts, findings, policy)


def summed(facts: Facts, findings: Sequence[Finding], policy: Policy) -> Verdict:
    """The verdict that these findings add up to; one more where nobody could decide it."""
    findings = list(findings)
    if facts.exceptions:
        findings = cover(findings, facts.exceptions, at=facts.at, items=frozenset(item.index for item in facts.items))
    tier, functions = _demand(findings)
    if (nobody := _nobody_can_decide(facts, tier, functions, findings)) is not None:
        findings.append(nobody)
    findings.sort(key=_gravity)
    return Verdict(
        refused=any(finding.effect == "refuse" for finding in findings),
        tier=tier,
        functions=functions,
        risk=risk_of(findings),
        findings=tuple(findings),
        policy_number=policy.number,
    )


def _judged(case: Case, policy: Policy) -> list[Finding]:
    if policy.layers:
        return _judged_in_layers(case, policy)
    findings: list[Finding] = []
    for setting in policy.settings:
        try:
            findings.extend(setting.rule.judge(case, setting.params))
        except Exception as error:  # a rule that fails must never loosen the verdict
            findings.append(_error(setting.rule.name, error, policy))
    judged = policy.judged_classes
    strays = [item.index for item in case.items if item.field_class not in judged]
    if strays or not case.items:
        findings.append(_unknown(strays, policy))
    return findings


def _judged_in_layers(case: Case, policy: Policy) -> list[Finding]:
    layered = Layered(case, policy)
    findings: list[Finding] = []
    for rule, resolved, matches in layered.rules:
        try:
            if len(matches) == layered.meetings and not resolved.said:
                findings.extend(rule.judge(case, resolved.params))
            else:
                found = judge_variant(case, layered.variant(rule, resolved, matches))
                findings += [each for each in found if each not in findings]
        except Exception as error:  # a rule that fails must never loosen the verdict
            findings.append(_error(rule.name, error, policy))
    strays = layered.strays()
    if strays or not case.items:
        findings.append(_unknown(strays, policy))
    return findings


def _unknown(strays: Sequence[int], policy: Policy) -> Finding:
    return Finding(
        rule="known_change",
        code="unknown_change" if strays else "no_items",
        effect="dual",
        functions=policy.functions,
        items=tuple(strays),
        worst=strays[0] if strays else None,
        weight=BASE["dual"],
    )


def _error(rule: str, error: Exception, policy: Policy) -> Finding:
    return Finding(
        rule=rule,
        code="rule_error",
        effect="dual",
        functions=policy.functions,
        weight=BASE["dual"],
        params={"error": type(error).__name__},
    )


def _demand(findings: Sequence[Finding]) -> tuple[Tier, tuple[str, ...]]:
    """The strictest tier, with every function that a finding asking for people names."""
    rank = max((RANK[finding.effect] for finding in findings), default=0)
    functions = {name for finding in findings if finding.effect != "info" for name in finding.functions}
    if len(functions) > 1:  # each is filled by another person
        rank = max(rank, RANK["dual"])
    return _TIERS[rank], tuple(sorted(functions))


def _nobody_can_decide(
    facts: Facts, tier: Tier, functions: tuple[str, ...], findings: Sequence[Finding]
) -> Finding | None:
    if tier == "none" or facts.deciders is None or any(finding.effect == "refuse" for finding in findings):
        return None
    if can_be_met(tier=tier, functions=functions, deciders=facts.deciders):
        return None
    return Finding(
        rule="deciders",
        code="nobody_can_decide",
        effect="refuse",
        functions=functions,
        value=sum(decider.persons for decider in facts.deciders),
        threshold=persons_needed(tier, functions),
        unit="persons",
        weight=BASE["refuse"],
        params={"functions": list(functions)},
    )


def _gravity(finding: Finding) -> tuple[int, int, str, str, tuple[int, ...], str]:
    return (
        -RANK[finding.effect],
        -finding.weight,
        finding.rule,
        finding.code,
        finding.items,
        repr(finding.params),
    )
