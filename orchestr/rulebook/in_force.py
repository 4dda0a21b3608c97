"""The policy in force, parsed once per process and digest."""

import json
from datetime import datetime
from functools import lru_cache

from orchestr.policy.ruleset import Policy, parse_policy
from orchestr.policy.values import canonical
from orchestr.refusal import Kind, Refusal
from orchestr.rulebook.models import PolicyVersion


def in_force(*, at: datetime) -> Policy:
    """The published version whose time has come. Raises Refusal (503) when there is none: nothing is judged then."""
    rows = PolicyVersion.objects.filter(state="published", effective_from__lte=at)
    row = rows.order_by("-effective_from", "-number").values_list("number", "digest", "rules").first()
    if row is None:
        raise Refusal(
            Kind.UNAVAILABLE,
            "no_policy",
            "No policy is in force, so nothing can be judged.",
            next="An admin publishes a policy first.",
        )
    number, signed, rules = row
    return _parsed(number, signed, canonical(rules))


@lru_cache(maxsize=16)
def _parsed(number: int, signed: str, rules: bytes) -> Policy:
    return parse_policy(json.loads(rules), number=number)
