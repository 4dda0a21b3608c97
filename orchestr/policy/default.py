"""The policy a shop starts with, as data. Law and reason of each figure stand beside its rule.

Every rule with its default parameters: a price move always needs a person, more than 10 % two; copy
without claims is the one thing that goes out unattended.
"""

from orchestr.policy.parameters import DECIDING_FUNCTIONS, wire
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import Policy, parse_policy
from orchestr.policy.values import Json


def default_rules() -> dict[str, Json]:
    """What the first rulebook row holds; `parse_policy` reads it."""
    return {
        "functions": list(DECIDING_FUNCTIONS),
        "rules": [{"rule": name, "params": wire(rule.params())} for name, rule in sorted(RULES.items())],
    }


def default_policy(*, number: int = 1) -> Policy:
    return parse_policy(default_rules(), number=number)
