"""Asking a policy whether one change would go out unattended: all of it once, and its rules about amounts again and
again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.around import Around
from orchestr.policy.facts.proposal import EvidenceFacts, ExposureFacts, Facts, ItemFacts
from orchestr.policy.findings import RANK, Finding
from orchestr.policy.layers.resolve import Match, matching
from orchestr.policy.rule import Case, Rule
from orchestr.policy.ruleset import Policy

# A price may pass where its neighbour does not only for these. They are left out, which makes the bound no lower.
UNEVEN = frozenset({"price_ending"})
# The rules that look at the amounts of a change of a price or a stock: what every other one says of it is the same
# at any amount. One that is missing here makes the bound no lower.
FIGURED = frozenset(
    {
        "cost", "margin", "minimum_price", "money", "price_band", "price_change", "price_day", "price_window",
        "stock_change", "stock_cover", "stock_exposure", "stock_floor", "value_at_stake",
    }
)  # fmt: skip
BANDED = "price_band"  # what stands above its band already may pass far below
EVIDENCE = "now"

Judge = tuple[Rule, Any]
Judges = tuple[Judge, ...]  # rules with the parameters that hold for an item


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposer:
    """Who would propose: the agent, its workflow and the stage that holds it back."""

    agent: str
    workflow: str
    stage: str


class Asked:
    """One policy. Everything else is as good as an agent can make it: fresh evidence, full confidence, nothing standing
    in the ledger, each change proposed by itself (a change more never lowers the tier)."""

    def __init__(self, policy: Policy, *, at: int) -> None:
        self._policy, self._at = policy, at
        self._judges: dict[Match, Judges] = {}
        self._evidence = (
            EvidenceFacts(id=EVIDENCE, kind="observed", observed_at=at, expires_at=at + 900, sha256="0" * 64),
        )

    def passes(
        self, item: ItemFacts, who: Proposer, exposure: tuple[ExposureFacts, ...] = (), around: Around | None = None
    ) -> bool:
        return not any(finding.rule not in UNEVEN for finding in self._held(item, who, exposure, around))

    def passes_but_for_amounts(self, item: ItemFacts, who: Proposer) -> bool:
        """Whether nothing but the amounts could hold it back."""
        return not any(finding.rule not in UNEVEN | FIGURED for finding in self._held(item, who, (), None))

    def held_by(self, item: ItemFacts, who: Proposer, around: Around | None) -> frozenset[str]:
        """The rules that hold it back."""
        return frozenset(finding.rule for finding in self._held(item, who, (), around))

    def judges(self, item: ItemFacts, who: Proposer) -> Judges:
        """What judges the amounts of this item, the same object wherever the same layers meet."""
        match = matching(
            self._policy.layers, channel=item.channel, own=item.segments, above=item.lineage, workflow=who.workflow
        )
        if match not in self._judges:
            by_name = {setting.rule.name: setting.rule for setting in self._policy.settings}
            by_name |= {rule.name: rule for rule, _, _ in self._policy.spread((match,)).rules}
            self._judges[match] = tuple(
                (by_name[name], resolved.params)
                for name, resolved in sorted(self._policy.resolved(match).items())
                if name in FIGURED
            )
        return self._judges[match]

    def amounts_pass(self, item: ItemFacts, judges: Judges) -> bool:
        """What `evaluate` would say of it under these rules alone: one that fails holds it back."""
        case = Case(self._facts(item, None, (), None))
        try:
            for rule, params in judges:
                for finding in rule.judge(case, params):
                    if RANK[finding.effect]:
                        return False
        except Exception:  # as in `evaluate`: a rule that fails never loosens the verdict
            return False
        return True

    def _held(
        self, item: ItemFacts, who: Proposer, exposure: tuple[ExposureFacts, ...], around: Around | None
    ) -> Sequence[Finding]:
        verdict = evaluate(self._facts(item, who, exposure, around), self._policy)
        return [finding for finding in verdict.findings if RANK[finding.effect]]

    def _facts(
        self, item: ItemFacts, who: Proposer | None, exposure: tuple[ExposureFacts, ...], around: Around | None
    ) -> Facts:
        return Facts(
            at=self._at,
            proposer_kind="agent",
            proposer="" if who is None else who.agent,
            workflow=None if who is None else who.workflow,
            stage=None if who is None else who.stage,
            confidence_bp=10_000,
            items=(item,),
            evidence=self._evidence,
            exposure=exposure,
            around=around,
        )
