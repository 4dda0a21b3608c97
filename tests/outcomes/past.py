"""Past proposals for the tests of simulation, made of the facts that policy's own tests judge."""

import json
from typing import Any

from orchestr.outcomes.replay import Past
from orchestr.policy.default import default_rules
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import Facts, ItemFacts
from orchestr.policy.ruleset import Policy, parse_policy
from tests.policy.cases import facts


def policy(number: int = 2, **changed: dict[str, Any]) -> Policy:
    """The default policy with these parameters of these rules."""
    return parse_policy(rules(**changed), number=number)


def rules(**changed: dict[str, Any]) -> dict[str, Any]:
    raw = json.loads(json.dumps(default_rules()))
    for row in raw["rules"]:
        row["params"] |= changed.get(row["rule"], {})
    return raw


def past(*items: ItemFacts, then: Policy | None = None, **more: Any) -> Past:
    """As it was judged under `then` (the default policy)."""
    own = {name: more.pop(name) for name in ("proposal", "put_back", "shadow") if name in more}
    judged: Facts = facts(*items, **more)
    verdict = evaluate(judged, then or policy(1))
    values: dict[str, Any] = {"proposal": "p", "put_back": False, "shadow": False}
    return Past(
        facts=judged.canonical(),
        refused=verdict.refused,
        tier=verdict.tier,
        functions=verdict.functions,
        **(values | own),
    )
