"""Judging under a policy with layers: each rule once for every set of parameters that some item resolves to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from orchestr.policy.facts.proposal import Facts, ItemFacts
from orchestr.policy.findings import Finding
from orchestr.policy.layers.resolve import Match, Resolved, matching
from orchestr.policy.rule import Case, Rule
from orchestr.policy.ruleset import Policy

NONE: frozenset[int] = frozenset()


class Variant(NamedTuple):
    """One rule as it holds for some items; `everywhere`: for all of them, and `items` is left empty."""

    rule: Rule
    resolved: Resolved
    items: frozenset[int]
    everywhere: bool


class Layered:
    """The items of a case grouped by the layers that speak of them."""

    __slots__ = ("_groups", "_spread")

    def __init__(self, case: Case, policy: Policy) -> None:
        groups: dict[Match, list[ItemFacts]] = {}
        for item in case.items:
            groups.setdefault(_match(policy, case.facts, item), []).append(item)
        if not groups:
            groups[matching(policy.layers, channel="-", own=(), above=(), workflow=case.facts.workflow)] = []
        self._groups = groups
        self._spread = policy.spread(tuple(sorted(groups)))

    @property
    def rules(self) -> tuple[tuple[Rule, Resolved, tuple[Match, ...]], ...]:
        """Each rule with each set of parameters that some item resolves to, and the meetings where it does."""
        return self._spread.rules

    @property
    def meetings(self) -> int:
        return len(self._groups)

    def variant(self, rule: Rule, resolved: Resolved, matches: tuple[Match, ...]) -> Variant:
        """The items of these meetings under these parameters."""
        everywhere = len(matches) == len(self._groups)
        items = NONE if everywhere else frozenset(each.index for match in matches for each in self._groups[match])
        return Variant(rule, resolved, items, everywhere)

    def strays(self) -> list[int]:
        """The items whose class no rule judges where they are."""
        judged = self._spread.judged
        found = [
            item.index
            for match, items in self._groups.items()
            for item in items
            if item.field_class not in judged[match]
        ]
        return sorted(found)


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
        if variant.items.issuperset(finding.items):
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
