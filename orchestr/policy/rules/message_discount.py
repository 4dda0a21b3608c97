"""A discount that a message promises exists, when the message goes out, where it goes, and is no smaller."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestr.policy.facts.commerce import StandingPromotion
from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions
from orchestr.policy.promotions.reading import folded_code
from orchestr.policy.rule import Case, Rule, Tally
from orchestr.policy.texts.messages import Message, message_after

NAME = "message_discount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    missing_effect: Effect = effect(
        "refuse", help="What follows where the promised promotion is not there or not on when the message goes out."
    )
    smaller_effect: Effect = effect("refuse", help="What follows where the promotion takes off less than is promised.")
    functions: tuple[str, ...] = functions(
        "merchandising", "legal", help="Who must be among those who decide it, each another person."
    )


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """A promotion that waits for a decision, in this proposal or another, is no promise that can be kept yet."""
    items = case.of("message")
    if not items:
        return []
    tally = Tally(NAME, "bp")
    commerce = case.facts.commerce
    sending = {one.index: one.send_at for one in commerce.sending} if commerce is not None else {}
    known = [row for row in commerce.promotions if row.status != "waiting"] if commerce is not None else []
    for item in items:
        message = message_after(item)
        if message.off or (message.discount_bp is None and message.promotion is None):
            continue
        offers = _offers(item, message, known, sending.get(item.index, case.facts.at))
        if not offers:
            tally.add(
                "promised_promotion_missing",
                params.missing_effect,
                item.index,
                functions=params.functions,
                params={"promotion": (message.promotion or "–")[:80]},
            )
            continue
        best = max(row.discount_bp or 0 for row in offers)
        if message.discount_bp is not None and message.discount_bp > best:
            tally.add(
                "promised_discount_smaller",
                params.smaller_effect,
                item.index,
                functions=params.functions,
                value=message.discount_bp,
                threshold=best,
                severity=message.discount_bp - best,
            )
    return tally.findings()


def _offers(item: ItemFacts, message: Message, known: Sequence[StandingPromotion], at: int) -> list[StandingPromotion]:
    """The promotion it names, on at that moment on the message's channel; a message without a promotion names none."""
    name = folded_code(message.promotion)
    if not name:
        return []
    return [
        row
        for row in known
        if name in (folded_code(row.key), row.coupon)
        and (not row.channel or not item.channel or row.channel == item.channel)
        and (row.starts_at is None or row.starts_at <= at)
        and (row.ends_at is None or at < row.ends_at)
    ]


RULE = Rule(name=NAME, title="Promised discounts", params=Params, judge=judge)
