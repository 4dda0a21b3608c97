"""Every parameter from its loosest value to its tightest, by steps that matter: its default, what was measured, ends."""

from dataclasses import replace
from typing import Any

from orchestr.policy.evaluate import summed
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import TIER_RANK, Finding, Verdict
from orchestr.policy.parameters import DECIDING_FUNCTIONS, Spec, default_of, specs
from orchestr.policy.rule import Case, Rule
from orchestr.policy.ruleset import Policy
from orchestr.policy.values import Money
from tests.policy.strategies import pool

EFFECTS = ("info", "single", "dual", "refuse")


def loosened(now: Verdict, than: Verdict) -> bool:
    """Whether `now` lets through more easily. Behind a refusal, who would confirm an exception matters less."""
    if now.refused or than.refused:
        return than.refused and not now.refused
    return TIER_RANK[now.tier] < TIER_RANK[than.tier] or not set(than.functions) <= set(now.functions)


def alone(rule: Rule, about: Facts, params: Any) -> Verdict:
    """The verdict where this were the only rule there is; who could decide it is left aside."""
    findings = tuple(rule.judge(Case(about), params))
    policy = Policy(number=1, settings=(), functions=DECIDING_FUNCTIONS)
    return summed(replace(about, deciders=None, exceptions=()), findings, policy)


def ladder(rule: Rule, name: str, *, measured: tuple[Finding, ...] = (), more: tuple[Any, ...] = ()) -> list[Any]:
    """Values of one parameter, loosest first. `measured` are findings whose values are rungs too, as are `more`."""
    spec = specs(rule.params)[name]
    default = default_of(rule.params, name)
    match spec.kind:
        case "effect":
            return list(EFFECTS)
        case "functions":
            return [DECIDING_FUNCTIONS[:count] for count in range(4)]
        case "texts":
            entries = [*dict.fromkeys([*pool(spec), *default, *(entry for each in more for entry in each)])]
            counts = sorted({0, 1, len(entries) // 2, len(entries) - 1, len(entries)})
            found = [tuple(entries[:count]) for count in counts]
            return found if spec.tighter == "more" else found[::-1]
        case "moneys":
            amounts = _numbers([one.amount for each in (default, *more) for one in each], measured)
            currencies = {one.currency for each in (default, *more) for one in each} or {"EUR"}
            rungs = [tuple(Money(amount, currency) for currency in sorted(currencies)) for amount in amounts]
            return [*rungs[::-1], ()]
    return _limits(spec, _numbers([default, *more], measured))


def _limits(spec: Spec, numbers: list[int]) -> list[Any]:
    ends = [spec.minimum, min(spec.maximum, 2**40)]
    rungs = sorted({number for number in [*numbers, *ends] if spec.minimum <= number <= spec.maximum})
    return [*([None] if spec.optional else []), *(rungs[::-1] if spec.tighter == "lower" else rungs)]


def _numbers(known: list[int | None], measured: tuple[Finding, ...]) -> list[int]:
    values = [finding.value for finding in measured]
    sizes = [value.amount if isinstance(value, Money) else value for value in values]
    given = [*known, *(abs(size) for size in sizes if isinstance(size, int))]
    return sorted({max(0, number + by) for number in given if number is not None for by in (-1, 0, 1)})
