"""Prices, refunds and legal texts are never unattended, whatever the other rules are set to.

An effect here can only be made stricter: one looser than `single` still asks for one person.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import RANK, Effect, Finding
from orchestr.policy.parameters import effect, functions
from orchestr.policy.rule import Case, Rule

NAME = "class_ceiling"
LEGAL_FIELDS = frozenset(
    {"terms", "imprint", "privacy", "legal_text", "legal_notice", "warranty", "returns_policy", "safety_information"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    price_effect: Effect = effect("single", help="The least that a price needs; never less than one person.")
    refund_effect: Effect = effect("dual", help="The least that a refund needs; never less than one person.")
    legal_effect: Effect = effect("dual", help="The least that a legal text needs; never less than one person.")
    refund_functions: tuple[str, ...] = functions("finance", help="Who must be among those who decide a refund.")
    legal_functions: tuple[str, ...] = functions("legal", help="Who must be among those who decide a legal text.")


def judge(case: Case, params: Params) -> Iterable[Finding]:
    if prices := case.of("price"):
        yield _finding([item.index for item in prices], _least(params.price_effect), code="price_attended")
    strays = case.of("unknown")
    if not strays:
        return
    if refunds := [item.index for item in strays if _is_refund(item)]:
        yield _finding(refunds, _least(params.refund_effect), params.refund_functions, code="refund_attended")
    if legal := [item.index for item in strays if _is_legal(item)]:
        yield _finding(legal, _least(params.legal_effect), params.legal_functions, code="legal_attended")


def _finding(items: list[int], effect: Effect, functions: tuple[str, ...] = (), *, code: str) -> Finding:
    """Without weight: it says who must look, not how risky it is; that is what the other rules weigh."""
    return Finding(rule=NAME, code=code, effect=effect, functions=functions, items=tuple(items), worst=items[0])


def _least(effect: Effect) -> Effect:
    return max(effect, "single", key=RANK.__getitem__)


def _is_refund(item: ItemFacts) -> bool:
    return "refund" in item.field or "refund" in item.type


def _is_legal(item: ItemFacts) -> bool:
    return item.field in LEGAL_FIELDS or item.field.startswith("legal_")


RULE = Rule(name=NAME, title="Never unattended", params=Params, judge=judge)
