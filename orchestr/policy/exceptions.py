"""Exceptions: a named rule refuses exact items no longer, until a moment; people decide on them instead."""

from collections.abc import Sequence
from dataclasses import replace

from orchestr.policy.facts.exception import ExceptionFacts
from orchestr.policy.findings import Finding
from orchestr.policy.risk import BASE
from orchestr.policy.rules import RULES


def functions_for(rule: str) -> tuple[str, ...]:
    """Of which functions two persons confirm an exception of this rule; none: the rule declares `never`."""
    return RULES[rule].excepted_by if rule in RULES else ()


def cover(
    findings: Sequence[Finding], exceptions: Sequence[ExceptionFacts], *, at: int, items: frozenset[int]
) -> list[Finding]:
    """The findings with refusals that a live exception covers turned into a demand for two persons, and saying so.

    A refusal of more items than are covered keeps refusing the others. One of the proposal as a whole is
    covered only by an exception of every item.
    """
    live = [each for each in exceptions if each.until > at and functions_for(each.rule)]
    out: list[Finding] = []
    for finding in findings:
        ours = [each for each in live if each.rule == finding.rule]
        if finding.effect != "refuse" or not ours:
            out.append(finding)
            continue
        about = frozenset(finding.items) or items
        covered = about.intersection(index for each in ours for index in each.items)
        if covered == about:
            out.append(_covered(finding, finding.items, ours))
        elif covered and finding.items:
            rest = tuple(index for index in finding.items if index not in covered)
            out += [replace(finding, items=rest), _covered(finding, tuple(sorted(covered)), ours)]
        else:
            out.append(finding)
    return out


def _covered(finding: Finding, items: tuple[int, ...], exceptions: Sequence[ExceptionFacts]) -> Finding:
    used = [each for each in exceptions if not items or set(each.items) & set(items)]
    first = min(used, key=lambda each: (each.until, each.id))
    return replace(
        finding,
        effect="dual",
        items=items,
        worst=finding.worst if not items or finding.worst in items else items[0],
        functions=tuple(sorted({*finding.functions, *functions_for(finding.rule)})),
        weight=BASE["dual"] + max(0, finding.weight - BASE["refuse"]),
        params={**finding.params, "exception": first.id, "exception_until": first.until},
    )
