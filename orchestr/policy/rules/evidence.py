"""Observed evidence for every change, and none of it stale. What an agent claims proves no price and no stock."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.facts.proposal import EvidenceFacts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions, number
from orchestr.policy.rule import Case, Rule, Tally

NAME = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    price_max_age_s: int = number(3600, unit="seconds", tighter="lower", help="How old a price read may be.")
    stock_max_age_s: int = number(900, unit="seconds", tighter="lower", help="How old a stock read may be.")
    promotion_max_age_s: int = number(3600, unit="seconds", tighter="lower", help="How old a promotion read may be.")
    copy_max_age_s: int = number(86_400, unit="seconds", tighter="lower", help="How old a copy read may be.")
    skew_s: int = number(60, unit="seconds", tighter="lower", help="How far ahead of us a source's clock may run.")
    proof_effect: Effect = effect(
        "dual", help="What follows for price, stock and promotion without fresh observed evidence."
    )
    copy_effect: Effect = effect(
        "single",
        help="What follows for copy, and for the order and layout of a collection, without fresh evidence of either kind.",
    )
    functions: tuple[str, ...] = functions(
        "merchandising", "finance", help="Who must be among those who decide a price, stock or promotion unproved."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    tally = Tally(NAME, "seconds")
    limits = {
        "price": params.price_max_age_s,
        "stock": params.stock_max_age_s,
        "promotion": params.promotion_max_age_s,
        "copy": params.copy_max_age_s,
        "storefront": params.copy_max_age_s,
    }
    at = case.facts.at
    for item in case.items:
        limit = limits.get(item.field_class)
        if limit is None:
            continue  # a class nobody knows is judged strictest already
        copy = item.field_class in ("copy", "storefront")
        if item.before is None:  # nothing stands there to be observed: what was read for it elsewhere counts
            brought = list(case.facts.evidence)
        else:
            brought = [one for id in item.evidence if (one := case.evidence.get(id)) is not None]
        counting = brought if copy else [one for one in brought if one.kind == "observed"]
        if any(_fresh(one, at, limit, params.skew_s) for one in counting):
            continue
        effect = params.copy_effect if copy else params.proof_effect
        names = () if copy else params.functions
        if not counting:
            code = "evidence_claimed_only" if brought else "evidence_missing"
            tally.add(code, effect, item.index, functions=names)
            continue
        age = at - max(one.observed_at for one in counting)
        code = "evidence_from_the_future" if age < -params.skew_s else "evidence_stale"
        tally.add(code, effect, item.index, functions=names, value=age, threshold=limit, severity=abs(age))
    return tally.findings()


def _fresh(one: EvidenceFacts, at: int, limit: int, skew: int) -> bool:
    """Within the class limit and its own expiry, both to the second inclusive."""
    return -skew <= at - one.observed_at <= limit and at <= one.expires_at


RULE = Rule(name=NAME, title="Evidence", params=Params, judge=judge)
