"""The policy in force, parsed once per process and digest."""

import json
from datetime import datetime
from functools import lru_cache

from orchestr.generation import kept
from orchestr.policy.ruleset import Policy, parse_policy
from orchestr.policy.values import canonical
from orchestr.refusal import Kind, Refusal
from orchestr.rulebook.models import PolicyVersion


def in_force(*, at: datetime) -> Policy:
    """The published version whose time has come. Raises Refusal (503) when there is none: nothing is judged then."""
    for effective_from, policy in _published():
        if effective_from <= at:
            return policy
    raise Refusal(
        Kind.UNAVAILABLE,
        "no_policy",
        "No policy is in force, so nothing can be judged.",
        next="An admin publishes a policy first.",
    )


@kept
def _published() -> list[tuple[datetime, Policy]]:
    """The published versions, the latest first. Those of a digest already read are not parsed again."""
    rows = PolicyVersion.objects.filter(state="published").order_by("-effective_from", "-number")
    return [
        (effective_from, _parsed(number, signed, canonical(rules)))
        for effective_from, number, signed, rules in rows.values_list("effective_from", "number", "digest", "rules")
        if effective_from is not None
    ]


@lru_cache(maxsize=16)
def _parsed(number: int, signed: str, rules: bytes) -> Policy:
    return parse_policy(json.loads(rules), number=number)
