"""Every rule is tried on each side of every limit it has, whatever its tests are called."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestr.policy.findings import Finding
from orchestr.policy.parameters import effect, functions, moneys, number, texts
from orchestr.policy.rule import Case, Rule
from orchestr.policy.values import Money
from tests.policy.cases import facts, stock
from tests.policy.edges import BEYOND, MATTERS, ON, WITHIN, Asked, missing

ROOT = Path(__file__).parents[2]


def test_the_tables_of_every_rule_stand_on_each_side_of_every_limit() -> None:
    """In a process of its own: it puts itself between the rules and their tests."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.policy.edges"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert (told.stdout, told.returncode) == ("", 0), told.stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    over: int = number(10, unit="units", tighter="lower", help="More than this is found.")
    over_money: tuple[Money, ...] = moneys(Money(10, "EUR"), help="More than this is found.")
    what: str = effect("single", help="What follows.")
    functions: tuple[str, ...] = functions("legal", help="Who.")
    words: tuple[str, ...] = texts("word", unit="words", tighter="more", help="Words.")


def judge(case: Case, params: Any) -> list[Finding]:
    units = sum(item.after for item in case.items if isinstance(item.after, int))
    over = units > params.over or any(units > limit.amount for limit in params.over_money)
    codes = ["over"] * over + ["word"] * ("word" in params.words and units == 99)
    return [Finding(rule="new", code=code, effect=params.what, functions=params.functions) for code in codes]


RULE = Rule(name="new", title="New", params=Params, judge=judge)
LIMITS = {"over": 10, "over_money": (Money(10_000, "EUR"),)}


def asked(*units: int, **params: Any) -> list[Asked]:
    return [Asked(facts(stock(each)), Params(**LIMITS | params)) for each in units]


def of(name: str, rows: list[Asked]) -> list[str]:
    return [line.removeprefix(f"new.{name}: ") for line in missing(RULE, rows) if line.startswith(f"new.{name}: ")]


def test_a_rule_that_nothing_asks_is_named_with_every_parameter() -> None:
    assert {line.split(": ")[0] for line in missing(RULE, [])} == {
        f"new.{name}" for name in ("over", "over_money", "what", "functions", "words")
    }


@pytest.mark.parametrize(
    ("units", "left"),
    [
        ((9, 10, 11), []),
        ((10, 11), [WITHIN]),
        ((9, 11), [ON]),
        ((9, 10), [BEYOND]),
        ((5, 50), [ON, BEYOND, WITHIN]),
    ],
)
def test_a_limit_counts_as_tried_only_on_it_beyond_it_and_within_it(units: tuple[int, ...], left: list[str]) -> None:
    assert of("over", asked(*units)) == left


def test_an_amount_is_moved_by_its_smallest_unit() -> None:
    wide = {"over": 10_000, "over_money": (Money(10, "EUR"),)}
    assert of("over_money", asked(9, 10, 11, **wide)) == []
    assert of("over_money", asked(9, 11, **wide)) == [ON]
    assert of("over_money", asked(9, 10, 11, over=10_000, over_money=())) == [ON, BEYOND, WITHIN]


def test_other_parameters_have_to_matter_somewhere() -> None:
    assert of("what", asked(11)) == of("functions", asked(11)) == []
    assert of("what", asked(5)) == of("functions", asked(5)) == [MATTERS]
    assert of("words", asked(11)) == [MATTERS]
    assert of("words", asked(99)) == []
