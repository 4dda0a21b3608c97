"""What stands around a proposal in the tests of policy: nothing, unless a test says otherwise."""

from dataclasses import replace
from typing import Any

from orchestr.policy.budgets.standing import Purse, Scope, StandingFacts, Taken
from orchestr.policy.facts.around import Around, CommitmentFacts, CoverFacts, OtherFacts
from orchestr.policy.facts.proposal import Facts, ItemFacts
from tests.policy.cases import AT, facts

KEYS: dict[str, tuple[str, str]] = {
    "agent": ("repricer", ""),
    "segment": ("apparel/jackets", "web-de"),
    "sku": ("SKU-0", ""),
    "family": ("winter", ""),
}


def around(*items: ItemFacts, of: dict[str, Any] | None = None, **parts: Any) -> Facts:
    """Facts with these surroundings; `of` are parts of the facts themselves."""
    return replace(facts(*items, **(of or {})), around=Around(**parts))


def standing(
    scope: Scope,
    *,
    pending: Taken = Taken(),
    live_24h: Taken = Taken(),
    live_7d: Taken | None = None,
    key: str = "",
    channel: str = "",
    currency: str = "EUR",
) -> StandingFacts:
    known = KEYS[scope]
    return StandingFacts(
        scope=scope,
        purse=Purse(key or known[0], channel or known[1], currency, 2),
        pending=pending,
        live_24h=live_24h,
        live_7d=live_24h if live_7d is None else live_7d,
    )


def other(**parts: Any) -> OtherFacts:
    base: dict[str, Any] = {
        "proposal": "p-2",
        "agent": "discounter",
        "open": True,
        "at": AT - 60,
        "items": (0,),
        "addresses": (0,),
    }
    return OtherFacts(**{**base, **parts})


def commitment(kind: Any, **parts: Any) -> CommitmentFacts:
    base: dict[str, Any] = {"id": "c-1", "kind": kind, "until": AT + 3600, "items": (0,)}
    return CommitmentFacts(**{**base, **parts})


COVERED = CoverFacts(named=True, active=True, covers=True)
