"""Judging under a policy with layers: each rule once for every set of parameters that some item resolves to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from orchestr.policy.facts import Facts, ItemFacts
from orchestr.policy.findings import Finding
from orchestr.policy.layers import Match, Resolved, matching
from orchestr.policy.rule import Case, Rule
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import Policy


@dataclass(frozen=True, slots=True)
class Variant:
    """One rule as it holds for some items; `everywhere` where it holds so for all of them."""

    rule: Rule
    resolved: Resolved
    items: frozenset[int]
    everywhere: bool


class Layered:
    """The items of a case grouped by the layers that speak of them."""

    __slots__ = ("_case", "_groups", "_policy")

    def __init__(self, case: Case, policy: Policy) -> None:
        self._case = case
        self._policy = policy
        groups: dict[Match, list[ItemFacts]] = {}
        for item in case.items:
            groups.setdefault(_match(policy, case.facts, item), []).append(item)
        if not groups:
            groups[matching(policy.layers, channel="-", own=(), above=(), workflow=case.facts.workflow)] = []
        self._groups = groups

    def variants(self) -> Iterator[Variant]:
        """Each rule with each set of parameters that some item resolves to."""
        settled = [(policy_rules(self._policy, match), items) for match, items in self._groups.items()]
        for name in sorted({name for rules, _ in settled for name in rules}):
            by_params: dict[Resolved, list[int]] = {}
            for rules, items in settled:
                if name in rules:
                    by_params.setdefault(rules[name], []).extend(item.index for item in items)
            for resolved, indexes in by_params.items():
                everywhere = len(by_params) == 1 and len(indexes) == len(self._case.items)
                yield Variant(RULES[name], resolved, frozenset(indexes), everywhere)

    def strays(self) -> list[int]:
        """The items whose class no rule judges where they are."""
        found = []
        for match, items in self._groups.items():
            judged = frozenset(part for name in policy_rules(self._policy, match) for part in RULES[name].judges)
            found += [item.index for item in items if item.field_class not in judged]
        return sorted(found)


def policy_rules(policy: Policy, match: Match) -> dict[str, Resolved]:
    """What the policy comes to where these layers meet; worked out once for each meeting."""
    return policy.resolved(match)


def judge_variant(case: Case, variant: Variant) -> list[Finding]:
    """What the rule finds of its items under these parameters, each finding naming the layers behind them.

    The rule sees the whole case, since sums and shares are of all of it. A finding about items of others alone
    is theirs to make; one that mixes is cut down to the own items where the rule says the same of those alone.
    """
    found = list(variant.rule.judge(case, variant.resolved.params))
    if not variant.everywhere:
        found = _own(case, variant, found)
    if not variant.resolved.said:
        return found
    layer = ", ".join(variant.resolved.said)
    return [replace(finding, params={**finding.params, "layer": layer}) for finding in found]


def _own(case: Case, variant: Variant, found: Sequence[Finding]) -> list[Finding]:
    kept, mixed = [], []
    for finding in found:
        if not finding.items or variant.items.issuperset(finding.items):
            kept.append(finding)
        elif not variant.items.isdisjoint(finding.items):
            mixed.append(finding)
    if not mixed:
        return kept
    alone = replace(case.facts, items=tuple(item for item in case.items if item.index in variant.items))
    narrowed = {
        (one.code, one.effect, one.items): one for one in variant.rule.judge(Case(alone), variant.resolved.params)
    }
    for finding in mixed:
        items = tuple(index for index in finding.items if index in variant.items)
        kept.append(narrowed.get((finding.code, finding.effect, items), finding))
    return kept


def _match(policy: Policy, facts: Facts, item: ItemFacts) -> Match:
    return matching(policy.layers, channel=item.channel, own=item.segments, above=item.lineage, workflow=facts.workflow)
