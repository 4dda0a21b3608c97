"""Policies with layers, for tests: the default one with what a site, segment or workflow sets."""

from typing import Any

from orchestr.policy.default import default_rules
from orchestr.policy.evaluate import evaluate
from orchestr.policy.ruleset import Policy, parse_policy
from tests.policy.cases import facts


def layer(level: str, key: str, *, allows: tuple[str, ...] = (), **rules: dict[str, Any]) -> dict[str, Any]:
    rows = [{"rule": name, "params": params} for name, params in rules.items()]
    return {"layer": level, "key": key, "rules": rows, "allows": list(allows)}


def layered(*layers: dict[str, Any], allows: tuple[str, ...] = (), **rules: dict[str, Any]) -> Policy:
    raw = default_rules()
    for row in raw["rules"]:
        row["params"] = row["params"] | rules.get(row["rule"], {})
    return parse_policy(raw | {"layers": list(layers), "allows": list(allows)}, number=2)


def tier(policy: Policy, *items: Any, **more: Any) -> str:
    verdict = evaluate(facts(*items, **more), policy)
    return "refused" if verdict.refused else verdict.tier


STRICT = {"price_change": {"dual_over_bp": 300}}
LOOSE = {"price_change": {"dual_over_bp": 2_500}}
ALLOWED = ("price_change.dual_over_bp",)
