"""Examples: facts with the verdict that a policy has to give of them. A version that fails one is not published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import TIER_RANK, Tier, Verdict
from orchestr.policy.parameters import DECIDING_FUNCTIONS
from orchestr.policy.ruleset import Policy
from orchestr.policy.values import Json, ValueRefused

MOST_EXAMPLES = 200
MOST_ITEMS = 20
SHAPE = frozenset({"name", "facts", "expect"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What people decide on: refused, or how many persons and of which functions. Of a refusal only that it is one."""

    refused: bool
    tier: Tier
    functions: tuple[str, ...]

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        if verdict.refused:
            return cls(refused=True, tier="dual", functions=())
        return cls(refused=False, tier=verdict.tier, functions=verdict.functions)

    def to_wire(self) -> dict[str, Json]:
        return {"refused": self.refused, "tier": self.tier, "functions": list(self.functions)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row of the table."""

    name: str
    facts: Facts
    expect: Expected

    def to_wire(self) -> dict[str, Json]:
        return {"name": self.name, "facts": self.facts.to_wire(), "expect": self.expect.to_wire()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a policy says of an example."""

    example: Example
    got: Expected

    @property
    def passes(self) -> bool:
        return self.got == self.example.expect


def parse_examples(raw: Json) -> tuple[Example, ...]:
    """Read a list of `{"name", "facts", "expect": {"refused", "tier", "functions"}}`. Raises ValueRefused."""
    if not isinstance(raw, list) or len(raw) > MOST_EXAMPLES:
        raise ValueRefused("examples_shape", f"The examples of a policy are a list of at most {MOST_EXAMPLES}.")
    found = tuple(_example(row) for row in raw)
    if len({example.name for example in found}) != len(found):
        raise ValueRefused("example_twice", "Every example has a name of its own.")
    return found


def outcomes(policy: Policy, examples: Sequence[Example]) -> list[Outcome]:
    """What the policy says of each, in the order given."""
    return [Outcome(example=each, got=Expected.of(evaluate(each.facts, policy))) for each in examples]


def failing(policy: Policy, examples: Sequence[Example]) -> list[Outcome]:
    return [outcome for outcome in outcomes(policy, examples) if not outcome.passes]


def _example(row: Any) -> Example:
    if not isinstance(row, Mapping) or set(row) != SHAPE:
        raise ValueRefused("example_shape", "An example is an object with name, facts and expect.")
    name = row["name"]
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 200:
        raise ValueRefused("example_name", "An example has a name of at most 200 characters.")
    try:
        facts = Facts.from_wire(row["facts"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ValueRefused("example_facts", f"The facts of the example {name} cannot be read.") from None
    if len(facts.items) > MOST_ITEMS:
        raise ValueRefused("example_large", f"An example holds at most {MOST_ITEMS} changes.")
    return Example(name=name, facts=facts, expect=_expected(name, row["expect"]))


def _expected(name: str, raw: Any) -> Expected:
    wrong = ValueRefused("example_expect", f"What the example {name} expects is refused, or a tier with functions.")
    if not isinstance(raw, Mapping) or set(raw) != {"refused", "tier", "functions"}:
        raise wrong
    refused, tier, functions = raw["refused"], raw["tier"], raw["functions"]
    if type(refused) is not bool or tier not in TIER_RANK or not isinstance(functions, list):
        raise wrong
    if not all(each in DECIDING_FUNCTIONS for each in functions) or len(set(functions)) != len(functions):
        raise wrong
    if refused:
        return Expected(refused=True, tier="dual", functions=())
    return Expected(refused=False, tier=cast("Tier", tier), functions=tuple(sorted(functions)))
