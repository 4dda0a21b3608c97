"""What would lower the tier: which parameter stands behind a finding, where its limit lies, what follows within it.

No rule says this of itself. Each is asked again with one parameter given way: what changes its word is what it
stands on. So a rule added later is explained without a line here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from orchestr.policy.evaluate import evaluate, summed
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import EFFECTS, RANK, TIER_RANK, Effect, Finding, Measure, Tier, Verdict
from orchestr.policy.layers.resolve import matching
from orchestr.policy.parameters import Spec, specs
from orchestr.policy.rule import Case
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import Policy, Setting
from orchestr.policy.values import MAX_AMOUNT, Money
from orchestr.policy.what_if import at_bound

Side = Literal["at_most", "at_least", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a verdict asks for. `discloses` is "cost" where a finding that would tell it decides it."""

    refused: bool
    tier: Tier
    functions: tuple[str, ...]
    discloses: str = ""

    def lower_than(self, other: "Demand") -> bool:
        """Whether fewer persons, or none where it was refused, or fewer functions are asked for, and nothing more."""
        if self.refused != other.refused:
            return other.refused
        fewer = (TIER_RANK[self.tier], len(self.functions)) < (TIER_RANK[other.tier], len(other.functions))
        return fewer and TIER_RANK[self.tier] <= TIER_RANK[other.tier] and set(self.functions) <= set(other.functions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowering:
    """How one finding that carries the tier would come down.

    `parameters` are those of its rule that it stands on. `bound` is the last value (of the worst item) that is
    one effect less, `to` that effect, None if nothing would be found; `side` "" means that there is no such
    value. `then` is what the proposal would need with this finding at its bound and everything else as it is,
    `without` what it would need without the finding's items; both None where that cannot be.
    """

    finding: Finding
    parameters: tuple[str, ...]
    bound: Measure = None
    side: Side = ""
    to: Effect | None = None
    then: Demand | None = None
    without: Demand | None = None
    alone: bool = False


def lower(facts: Facts, policy: Policy, verdict: Verdict) -> tuple[Lowering, ...]:
    """Each finding that carries the tier, gravest first, with what would bring it down.

    `facts` and `policy` are those of the verdict; nothing is judged anew but the same facts, moved.
    """
    case = Case(facts)
    now = demand_of(verdict)
    return tuple(_lowering(case, policy, verdict, each, now) for each in carrying(verdict))


def carrying(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings at the strictest effect; where only the functions of several make it two persons, all of those."""
    asking = [finding for finding in verdict.findings if finding.effect != "info"]
    top = max((RANK[finding.effect] for finding in asking), default=0)
    if not verdict.refused and top < TIER_RANK[verdict.tier]:
        return tuple(finding for finding in asking if finding.functions)
    return tuple(finding for finding in asking if RANK[finding.effect] == top)


def setting_of(case: Case, policy: Policy, finding: Finding) -> Setting | None:
    """The finding's rule with the parameters that hold for its worst item, layers and all.

    None where no rule of the policy made it, or its rule failed.
    """
    if finding.code == "rule_error":
        return None
    if not policy.layers:
        return next((setting for setting in policy.settings if setting.rule.name == finding.rule), None)
    index = finding.worst if finding.worst is not None else min(finding.items, default=None)
    item = next((one for one in case.items if index in (None, one.index)), None)
    if item is None:
        return None
    workflow = case.facts.workflow
    match = matching(policy.layers, channel=item.channel, own=item.segments, above=item.lineage, workflow=workflow)
    resolved = policy.resolved(match).get(finding.rule)
    return None if resolved is None else Setting(rule=RULES[finding.rule], params=resolved.params)


def standing_on(case: Case, setting: Setting, finding: Finding) -> tuple[str, ...]:
    """The parameters of the rule without which the finding would be less grave or not there."""
    return tuple(
        name
        for name, spec in specs(setting.rule.params).items()
        if (given := _given_way(spec, getattr(setting.params, name), finding)) is not None
        and _rank(_effect_under(case, setting, finding, {name: given[0]})) < RANK[finding.effect]
    )


def demand_of(verdict: Verdict) -> Demand:
    tells = {finding.discloses for finding in carrying(verdict)} - {""}
    return Demand(
        refused=verdict.refused, tier=verdict.tier, functions=verdict.functions, discloses=min(tells, default="")
    )


def _lowering(case: Case, policy: Policy, verdict: Verdict, finding: Finding, now: Demand) -> Lowering:
    facts = case.facts
    without = _without(facts, policy, finding)
    setting = setting_of(case, policy, finding)
    if setting is None:
        return Lowering(finding=finding, parameters=(), without=without)
    parameters = standing_on(case, setting, finding)
    side, relaxed = _limit(setting, parameters, finding)
    if side:
        to = _effect_under(case, setting, finding, relaxed)
        bound = _bound(finding, side)
        then = _at_bound(facts, policy, finding, bound) or _evaluated(facts, policy, setting, relaxed)
    elif (inherent := _inherent(setting, parameters, finding)) is not None:
        side, bound, to = *inherent, None
        rest = [each for each in verdict.findings if each is not finding and each.rule != "deciders"]
        then = _at_bound(facts, policy, finding, bound) or demand_of(summed(facts, rest, policy))
    else:
        return Lowering(finding=finding, parameters=parameters, without=without)
    return Lowering(
        finding=finding,
        parameters=parameters,
        bound=bound,
        side=side,
        to=to,
        then=then,
        without=without,
        alone=then.lower_than(now),
    )


def _given_way(spec: Spec, value: Any, finding: Finding) -> tuple[Any] | None:
    """The parameter so loose that it asks for less, in a tuple since None is a value. None: it cannot give way."""
    match spec.kind:
        case "number":
            return (None if spec.optional else spec.maximum if spec.tighter == "lower" else -MAX_AMOUNT,)
        case "effect":
            return (EFFECTS[RANK[value] - 1],) if value != "info" else None
        case "texts":
            return ((),) if spec.tighter == "more" and value else None
        case "moneys" if isinstance(finding.value, Money):
            purse = (finding.value.currency, finding.value.exponent)
            others = tuple(one for one in value if (one.currency, one.exponent) != purse)
            return ((*others, Money(MAX_AMOUNT, *purse)),)
    return None


def _limit(setting: Setting, parameters: Sequence[str], finding: Finding) -> tuple[Side, dict[str, Any]]:
    """On which side of a parameter the finding would be less, with what has to give way for it.

    At the bound no limit that is as loose or looser is passed either: those of the same unit and side go with it.
    """
    known = specs(setting.rule.params)
    for name in parameters:
        spec, value = known[name], getattr(setting.params, name)
        if spec.kind == "moneys" and isinstance(finding.threshold, Money):
            given = _given_way(spec, value, finding)
            return ("at_most", {name: given[0]}) if given else ("", {})
        if spec.kind == "number" and value is not None and value == finding.threshold:
            loose = {
                other: given[0]
                for other, one in known.items()
                if (one.kind, one.unit, one.tighter) == (spec.kind, spec.unit, spec.tighter)
                and (at := getattr(setting.params, other)) is not None
                and (at >= value if spec.tighter == "lower" else at <= value)
                and (given := _given_way(one, at, finding))
            }
            return "at_most" if spec.tighter == "lower" else "at_least", loose
    return "", {}


def _inherent(setting: Setting, parameters: Sequence[str], finding: Finding) -> tuple[Side, Measure] | None:
    """The limit that no parameter sets: cost, a minimum price, nothing below nought."""
    value, limit, known = finding.value, finding.threshold, specs(setting.rule.params)
    if any(known[name].kind == "number" for name in parameters):
        return None
    if any(spec.kind == "moneys" and limit in getattr(setting.params, name) for name, spec in known.items()):
        return None  # one of several sums is over, and another one stays over where this one comes down
    if isinstance(value, Money) and isinstance(limit, Money) and limit.amount == 0:  # more than nothing
        return "at_least", replace(value, amount=1)
    if isinstance(value, Money) and isinstance(limit, Money) and value.comparable(limit):
        return ("at_least" if value.amount < limit.amount else "at_most"), limit
    if type(value) is int and limit == 0 and value < 0:
        return "at_least", 0
    return None


def _bound(finding: Finding, side: Side) -> Measure:
    """The threshold, with the sign of a value that is a move downwards. What has to rise to its limit is no move: a
    margin far below nothing still has to come to the floor as it stands."""
    value, limit = finding.value, finding.threshold
    down = side == "at_most" and type(value) is int and value < 0
    return -limit if down and type(limit) is int else limit


def _effect_under(case: Case, setting: Setting, finding: Finding, given: dict[str, Any]) -> Effect | None:
    """What the rule says of the finding's items under its code with these parameters; None if nothing."""
    try:
        again = [
            each
            for each in setting.rule.judge(case, replace(setting.params, **given))
            if each.code == finding.code and (not finding.items or set(each.items) & set(finding.items))
        ]
    except Exception:  # a rule that fails so has not become less strict
        return finding.effect
    same = [each for each in again if each.params == finding.params] or again
    return max((each.effect for each in same), key=RANK.__getitem__, default=None)


def _rank(effect: Effect | None) -> int:
    return -1 if effect is None else RANK[effect]


def _at_bound(facts: Facts, policy: Policy, finding: Finding, bound: Measure) -> Demand | None:
    """What is asked for where the items themselves stand at the bound; None where no such facts could be made."""
    for moved in at_bound(facts, finding, bound):
        verdict = evaluate(moved, policy)
        if not any(_still(each, finding) for each in verdict.findings):
            return demand_of(verdict)
    return None


def _still(now: Finding, then: Finding) -> bool:
    same = (now.rule, now.code, now.effect) == (then.rule, then.code, then.effect)
    return same and (not then.items or not set(now.items).isdisjoint(then.items))


def _evaluated(facts: Facts, policy: Policy, setting: Setting, given: dict[str, Any]) -> Demand:
    """What is asked for where these parameters give way, in the policy and in every layer that sets them."""
    name = setting.rule.name
    settings = tuple(
        replace(each, params=replace(each.params, **given)) if each.rule.name == name else each
        for each in policy.settings
    )
    layers = tuple(
        replace(layer, overrides={**layer.overrides, name: {**layer.overrides[name], **given}})
        if name in layer.overrides
        else layer
        for layer in policy.layers
    )
    return demand_of(evaluate(facts, replace(policy, settings=settings, layers=layers)))


def _without(facts: Facts, policy: Policy, finding: Finding) -> Demand | None:
    gone = frozenset(finding.items)
    rest = tuple(item for item in facts.items if item.index not in gone)
    return demand_of(evaluate(replace(facts, items=rest), policy)) if gone and rest else None
