"""What holds of each rule there is, under any parameters: none of them can hide behind a stricter one."""

import random
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestr.policy.facts.proposal import Facts
from orchestr.policy.findings import Finding
from orchestr.policy.parameters import specs
from orchestr.policy.rule import Case, Rule
from orchestr.policy.rules import RULES
from orchestr.policy.values import Money, canonical
from tests.policy.cases import check_form
from tests.policy.ladders import alone, ladder, loosened
from tests.policy.strategies import ITEMS, all_facts, tightest

CHANCE = st.randoms(use_true_random=False)


@cache
def rungs(name: str, parameter: str) -> tuple[Any, ...]:
    return tuple(ladder(RULES[name], parameter))


def any_params(rule: Rule, chance: random.Random) -> Any:
    """Every parameter of a rule by chance, on the ladders that go by what matters."""
    if chance.random() < 0.3:
        return rule.params() if chance.random() < 0.5 else tightest(rule)
    return rule.params(**{name: chance.choice(rungs(rule.name, name)) for name in specs(rule.params)})


def findings(rule: Rule, about: Facts, params: Any) -> list[Finding]:
    return list(rule.judge(Case(about), params))


@settings(max_examples=60, deadline=None)
@given(all_facts(), CHANCE)
def test_up_the_ladder_of_any_parameter_of_any_rule_no_verdict_is_looser(about, chance):
    for rule in RULES.values():
        base = any_params(rule, chance)
        measured = tuple(findings(rule, about, base))
        for name in specs(rule.params):
            before = None
            for value in ladder(rule, name, measured=measured):
                verdict = alone(rule, about, replace(base, **{name: value}))
                assert before is None or not loosened(verdict, before), (rule.name, name, value, base)
                before = verdict


@settings(max_examples=100, deadline=None)
@given(all_facts(), ITEMS, CHANCE)
def test_adding_a_change_makes_no_rule_look_away(about, more, chance):
    start = len(about.items)
    added = tuple(replace(item, index=start + n, id=f"more-{n}") for n, item in enumerate(more))
    wider = replace(about, items=about.items + added)
    for rule in RULES.values():
        params = any_params(rule, chance)
        assert not loosened(alone(rule, wider, params), alone(rule, about, params)), (rule.name, params)


def shuffled(part: Any, chance: random.Random) -> Any:
    """The same facts with their rows in another order, however deep they stand."""
    if not is_dataclass(part):
        return part
    turned = {}
    for each in fields(part):
        value = getattr(part, each.name)
        if isinstance(value, tuple) and all(is_dataclass(row) for row in value):
            rows = [shuffled(row, chance) for row in value]
            turned[each.name] = tuple(chance.sample(rows, len(rows)))
        elif is_dataclass(value) and not isinstance(value, Money):
            turned[each.name] = shuffled(value, chance)
    return replace(part, **turned)


@settings(max_examples=100, deadline=None)
@given(all_facts(), CHANCE)
def test_no_rule_goes_by_the_order_of_items_or_of_what_stands_around(about, chance):
    turned = shuffled(about, chance)
    assert turned.canonical() == about.canonical()
    for rule in RULES.values():
        params = any_params(rule, chance)
        first, second = alone(rule, about, params), alone(rule, turned, params)
        assert canonical(first.to_wire()) == canonical(second.to_wire()), rule.name


@settings(max_examples=100, deadline=None)
@given(all_facts(), CHANCE)
def test_every_finding_of_every_rule_keeps_to_the_form(about, chance):
    for rule in RULES.values():
        for finding in findings(rule, about, any_params(rule, chance)):
            check_form(finding, rule.name, about)


def scaled(part: Any, currency: str, by: int) -> Any:
    """The same facts with every amount of one currency multiplied."""
    if isinstance(part, Money):
        return replace(part, amount=part.amount * by) if part.currency == currency else part
    if isinstance(part, tuple):
        rows = [scaled(row, currency, by) for row in part]
        return type(part)(*rows) if hasattr(part, "_fields") else tuple(rows)
    if is_dataclass(part):
        return replace(part, **{each.name: scaled(getattr(part, each.name), currency, by) for each in fields(part)})
    return part


def of_others(found: list[Finding], touched: frozenset[int]) -> set[tuple[str, str, tuple[int, ...]]]:
    rest = ((one.code, one.effect, tuple(index for index in one.items if index not in touched)) for one in found)
    return {row for row in rest if row[2]}


def sums_of_others(found: list[Finding], currency: str) -> set[tuple[str, Money]]:
    """The amounts that stand for several items at once, not for the worst of them."""
    amounts = ((one.code, one.value) for one in found if one.worst is None)
    return {(code, value) for code, value in amounts if isinstance(value, Money) and value.currency != currency}


@settings(max_examples=150, deadline=None)
@given(all_facts(), CHANCE)
def test_amounts_of_one_currency_change_nothing_for_items_that_hold_none_of_it(about, chance):
    """Whatever British prices, costs and revenues are: what is found of items that know only euros stays."""
    other = scaled(about, "GBP", 7)
    touched = {one.index for one, two in zip(about.items, other.items, strict=True) if one != two}
    if about.commerce is not None and other.commerce is not None:
        pairs = zip(about.commerce.revenue, other.commerce.revenue, strict=True)
        touched |= {one.index for one, two in pairs if one != two}
    for rule in RULES.values():
        params = any_params(rule, chance)
        before, after = findings(rule, about, params), findings(rule, other, params)
        assert of_others(before, frozenset(touched)) == of_others(after, frozenset(touched)), rule.name
        before, after = findings(rule, about, tightest(rule)), findings(rule, other, tightest(rule))
        assert sums_of_others(before, "GBP") == sums_of_others(after, "GBP"), rule.name
