"""Where the table tests of the rules stand: on each side of every limit, by trying and not by name.

`python -m tests.policy.edges` runs `tests/policy/rules`, notes the facts and parameters that each rule was asked
about, and then asks again with one parameter moved. A limit counts as tried only where some of those facts lie
exactly on it, some the smallest step beyond it and some the smallest step within it (n − 1, n, n + 1); any other
parameter where what is found changes with it. It names every parameter of every rule for which that is not so.
"""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from orchestr.policy.facts.proposal import Facts
from orchestr.policy.parameters import DECIDING_FUNCTIONS, Spec, specs
from orchestr.policy.rule import Case, Rule
from orchestr.policy.rules import RULES
from orchestr.policy.values import Money

TABLES = Path(__file__).parent / "rules"
type Judge = Callable[[Case, Any], Any]


class Asked(NamedTuple):
    """What one rule was once asked about."""

    facts: Facts
    params: Any


def noted(rules: Callable[[], int]) -> tuple[int, dict[str, list[Asked]]]:
    """What `rules` gives back, and what every rule was asked about meanwhile."""
    asked: dict[str, list[Asked]] = {name: [] for name in RULES}
    were: dict[str, Judge] = {name: rule.judge for name, rule in RULES.items()}
    for name, rule in RULES.items():
        object.__setattr__(rule, "judge", _noting(asked[name], rule.judge))
    try:
        return rules(), asked
    finally:
        for name, judge in were.items():
            object.__setattr__(RULES[name], "judge", judge)


def _noting(asked: list[Asked], judge: Judge) -> Judge:
    def noting(case: Case, params: Any) -> Any:
        found = list(judge(case, params))
        asked.append(Asked(case.facts, params))  # where it fails there is nothing to compare with
        return found

    return noting


def missing(rule: Rule, asked: list[Asked]) -> Iterator[str]:
    """What of the rule's parameters no question stood on, one sentence each."""
    for name, spec in specs(rule.params).items():
        if spec.kind in ("number", "moneys"):
            seen = {side for one in asked for side in _sides(rule, one, name, spec)}
            yield from (f"{rule.name}.{name}: {side}" for side in SIDES if side not in seen)
        elif not any(_matters(rule, one, name, spec) for one in asked):
            yield f"{rule.name}.{name}: {MATTERS}"
    if not specs(rule.params) and not asked:
        yield f"{rule.name}: nothing asks it anything"


ON, BEYOND, WITHIN = "nothing lies on the limit", "nothing lies just beyond it", "nothing lies just within it"
SIDES = (ON, BEYOND, WITHIN)
MATTERS = "nothing found depends on it"


def _sides(rule: Rule, asked: Asked, name: str, spec: Spec) -> Iterator[str]:
    """On which sides of the limit these facts lie. Tightened by one what lies on it is found, loosened by one what
    lies beyond it is not; what takes two steps lies within."""
    was = getattr(asked.params, name)
    for place in range(len(was) if spec.kind == "moneys" else was is not None):
        tighter = -1 if spec.tighter == "lower" else 1
        here, one, two, back = (
            _found(rule, asked, name, _moved(spec, was, place, by * tighter)) for by in (0, 1, 2, -1)
        )
        if one is not None and one != here:
            yield ON
        if back is not None and back != here:
            yield BEYOND
        if two is not None and one == here != two:
            yield WITHIN


def _moved(spec: Spec, was: Any, place: int, by: int) -> Any:
    """The limit moved by the smallest step, None where its form does not allow that."""
    if spec.kind == "number":
        return was + by if spec.minimum <= was + by <= spec.maximum else None
    limit: Money = was[place]
    return (
        (*was[:place], replace(limit, amount=limit.amount + by), *was[place + 1 :]) if limit.amount + by >= 0 else None
    )


def _matters(rule: Rule, asked: Asked, name: str, spec: Spec) -> bool:
    was = getattr(asked.params, name)
    others: list[Any]
    if spec.kind == "effect":
        others = [effect for effect in ("info", "single", "dual", "refuse") if effect != was]
    elif spec.kind == "functions":
        others = [(), DECIDING_FUNCTIONS]
    else:
        others = [(), *(was[:at] + was[at + 1 :] for at in range(len(was)))]
    here = _found(rule, asked, name, was)
    return any(_found(rule, asked, name, other) != here for other in others)


def _found(rule: Rule, asked: Asked, name: str, value: Any) -> Hashable:
    if value is None:
        return None
    found = rule.judge(Case(asked.facts), replace(asked.params, **{name: value}))
    return tuple(sorted((one.code, one.effect, tuple(sorted(one.functions)), one.items) for one in found))


def run_tables() -> int:
    """The tests of the rules, in this process and without a database. Gives pytest's exit code."""
    import pytest

    with contextlib.redirect_stdout(io.StringIO()) as said:
        plain = ["-q", "-x", "-c", os.devnull, "--rootdir", str(TABLES), "-p", "no:cacheprovider", "--noconftest"]
        code = int(pytest.main([*plain, "--import-mode=importlib", str(TABLES)]))
    if code:
        sys.stdout.write(said.getvalue())
    return code


def main() -> int:
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    code, asked = noted(run_tables)
    lines = [line for name, rule in RULES.items() for line in missing(rule, asked[name])]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return code or bool(lines)


if __name__ == "__main__":
    sys.exit(main())
